// Every op against PyTorch: values and gradients for the same inputs and cotangents, exchanged
// through HDF5.  The table below and the one in tests/reference/autograd_torch.py share their
// names.
#include "autograd/ops.h"

#include "core/io/h5.h"
#include "core/kernels/softmax.h"
#include "core/system/file.h"
#include "tests/support/op_case.h"
#include "tests/support/python.h"
#include "tests/support/temp_dir.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

namespace {

core::Tensor like(const Variable& v, const core::Tensor& t) { return t.to(v.value().dtype()); }
core::Tensor labels() { return core::Tensor::of<std::int64_t>({4}, {2, 0, 4, 1}); }
// In (0.3, 0.7) for x in [-2, 2], and what a scale of shape (C) needs.
Variable positive(const Variable& x) { return affine(x, 0.1, 0.5); }

std::vector<OpCase> table() {
  return {
      {"add", {{2, 3, 4}, {3, 1}}, [](Variables in) { return add(in[0], in[1]); }},
      {"sub", {{3, 1}, {2, 3, 4}}, [](Variables in) { return sub(in[0], in[1]); }},
      {"mul", {{2, 1, 4}, {3, 1}}, [](Variables in) { return mul(in[0], in[1]); }},
      {"div", {{2, 3}, {3}}, [](Variables in) { return div(in[0], positive(in[1])); }},
      {"affine", {{2, 3}}, [](Variables in) { return affine(in[0], -1.5, 0.25); }},
      {"add_relu", {{2, 3, 4}, {2, 3, 4}}, [](Variables in) { return add_relu(in[0], in[1]); }},
      {"matmul", {{2, 3, 4, 5}, {2, 3, 5, 6}}, [](Variables in) { return matmul(in[0], in[1]); }},
      {"matmul_transposed",
       {{3, 5, 4}, {3, 6, 5}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = true, .trans_b = true}); }},
      {"linear",
       {{2, 3, 5}, {4, 5}, {4}},
       [](Variables in) { return linear(in[0], in[1], in[2]); }},
      {"conv2d",
       {{2, 6, 5, 3}, {4, 3, 3, 3}, {4}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.pad = {1, 1}});
       }},
      {"conv2d_strided",
       {{2, 7, 8, 4}, {6, 2, 3, 3}},
       [](Variables in) {
         return conv2d(in[0], in[1], std::nullopt,
                       {.stride = {2, 1}, .pad = {1, 2}, .dilation = {1, 2}, .groups = 2});
       }},
      {"conv2d_relu",
       {{2, 6, 5, 4}, {4, 1, 3, 3}, {4}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.pad = {1, 1}, .groups = 4, .relu = true});
       }},
      {"batch_norm",
       {{3, 4, 5, 6}, {6}, {6}},
       [](Variables in) { return batch_norm(in[0], in[1], in[2], 1e-5).y; }},
      {"scale_shift",
       {{3, 4, 5}, {5}, {5}},
       [](Variables in) { return scale_shift(in[0], in[1], in[2]); }},
      {"layer_norm",
       {{3, 4, 8}, {8}, {8}},
       [](Variables in) { return layer_norm(in[0], in[1], in[2], 1e-6); }},
      {"gelu", {{40, 5}}, [](Variables in) { return gelu(in[0]); }},
      {"relu", {{4, 5}}, [](Variables in) { return relu(in[0]); }},
      {"sigmoid", {{4, 5}}, [](Variables in) { return sigmoid(in[0]); }},
      {"exp", {{4, 5}}, [](Variables in) { return exp(in[0]); }},
      {"log", {{4, 5}}, [](Variables in) { return log(positive(in[0])); }},
      {"abs_pow", {{4, 5}}, [](Variables in) { return abs_pow(in[0], 2.4); }},
      {"softmax", {{2, 3, 5}}, [](Variables in) { return softmax(in[0]); }},
      {"l2_normalize", {{2, 3, 5}}, [](Variables in) { return l2_normalize(in[0]); }},
      {"log_softmax", {{2, 3, 5}}, [](Variables in) { return log_softmax(in[0]); }},
      {"reduce",
       {{2, 3, 4}},
       [](Variables in) {
         return mul(sum(in[0], {0, 2}), mean_all(in[0]));
       }},
      {"mean",
       {{2, 3, 4}},
       [](Variables in) { return mul(mean(in[0], {1}, true), sum_all(in[0])); }},
      {"reshape",
       {{2, 3, 4}},
       [](Variables in) {
         return reshape(in[0], {4, 6});
       }},
      {"permute",
       {{2, 3, 4, 5}},
       [](Variables in) {
         return permute(in[0], {0, 2, 1, 3});
       }},
      {"broadcast_to",
       {{1, 1, 4}},
       [](Variables in) {
         return broadcast_to(in[0], {3, 2, 4});
       }},
      {"concat",
       {{2, 1, 4}, {2, 3, 4}},
       [](Variables in) {
         return concat({in[0], in[1]}, 1);
       }},
      {"slice", {{2, 7, 3}}, [](Variables in) { return slice(in[0], 1, 1, 3, 2); }},
      {"pad", {{2, 3, 2, 4}}, [](Variables in) { return pad(in[0], 3, 2, 1); }},
      {"patches", {{2, 4, 6, 3}}, [](Variables in) { return patches(in[0], 2); }},
      {"max_pool2d",
       {{2, 7, 6, 3}},
       [](Variables in) {
         return max_pool2d(in[0], {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}});
       }},
      {"global_mean_pool", {{2, 4, 3, 5}}, [](Variables in) { return global_mean_pool(in[0]); }},
      {"cross_entropy", {{4, 5}}, [](Variables in) { return cross_entropy(in[0], labels()); }},
      {"cross_entropy_smoothed",
       {{4, 5}},
       [](Variables in) { return cross_entropy(in[0], labels(), 0.1); }},
      {"kl_divergence",
       {{4, 5}, {4, 5}},
       [](Variables in) { return kl_divergence(core::softmax(in[1].value()), in[0]); }},
      {"kl_divergence_logits",
       {{4, 5}, {4, 5}},
       [](Variables in) {
         return kl_divergence_logits(in[1].value(), in[0],
                                     {.temperature = 4, .times_t_squared = true});
       }},
      {"clamp", {{4, 5}}, [](Variables in) { return clamp(in[0], -0.5, 1); }},
      {"round_ste", {{4, 5}}, [](Variables in) { return round_ste(affine(in[0], 3, 0)); }},
      {"lsq_quantize",
       {{3, 4, 5}, {1}},
       [](Variables in) {
         return lsq_quantize(in[0], positive(in[1]), like(in[0], core::Tensor::full({1}, 2)),
                             {.q_min = 0, .q_max = 7});
       }},
      {"lsq_quantize_channels",
       {{3, 4, 5}, {5}},
       [](Variables in) {
         return lsq_quantize(in[0], positive(in[1]), like(in[0], core::Tensor::full({5}, 3)),
                             {.q_min = 0, .q_max = 7});
       }},
      {"soft_round",
       {{3, 4}, {3, 4}, {3}},
       [](Variables in) {
         return soft_round(positive(in[0]), in[1].value(), positive(in[2]).value(),
                           like(in[0], core::Tensor::full({3}, 2)), {.q_min = 0, .q_max = 5});
       }},
      {.name = "rect_sigmoid",
       .inputs = {{5, 6}},
       .make = [](Variables in) { return rect_sigmoid(in[0]); },
       .low = -4,
       .high = 4},
      {"round_penalty",
       {{5, 6}},
       [](Variables in) { return round_penalty(rect_sigmoid(in[0]), 5.5); }},
  };
}

// Both sides compute in f64; what differs is the order of sums.
constexpr double kF64Tolerance = 1e-11;

}  // namespace

TEST_CASE("values and gradients of every op equal those of PyTorch") {
  SKIP_WITHOUT_PYTHON("torch, h5py, numpy");
  const support::TempDir folder;
  const std::string question = folder.file("question.h5");
  const std::string answer = folder.file("answer.h5");

  core::h5::File out = core::h5::File::create();
  for (const OpCase& c : table()) {
    const std::vector<core::Tensor> inputs = support::draw_inputs(c);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      out.write(fmt::format("{}/x{}", c.name, i), inputs[i]);
    out.write(c.name + "/dy", support::draw_cotangent(c, inputs));
  }
  core::publish(question, out.image());
  REQUIRE(support::run_reference("autograd_torch.py", question + " " + answer) == 0);

  const core::h5::File in = core::h5::File::open(answer);
  for (const OpCase& c : table()) {
    CAPTURE(c.name);
    const std::vector<core::Tensor> inputs = support::draw_inputs(c);
    const core::Tensor dy = support::draw_cotangent(c, inputs);
    for (const core::DType type : {core::DType::f64, core::DType::f32}) {
      const double tolerance = type == core::DType::f64 ? kF64Tolerance : c.f32_tol;
      const support::OpRun ours = support::run_case(c, inputs, dy, type);
      CHECK(support::relative_difference(ours.y, in.read(c.name + "/y")) <= tolerance);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        CAPTURE(i);
        CHECK(support::relative_difference(ours.grads[i],
                                           in.read(fmt::format("{}/g{}", c.name, i))) <= tolerance);
      }
    }
  }
}

// The way into bf16 activations, and every op that such activations meet: values and gradients
// against the same graph in f64.
#include "autograd/ops/cast.h"

#include "autograd/ops.h"
#include "tests/support/op_case.h"

using namespace autograd;
using core::DType;
using support::Variables;

namespace {

// An element is rounded once where it is written, 2^-9 of it, and again at the ends of the graph;
// differences are relative to the largest element.
constexpr double kBf16Tolerance = 0x1p-7;

/// x as an activation: rounded to bf16 in the f32 graph, as it is in the f64 graph, whose leaves
/// are representable.
Variable act(const Variable& x) {
  return x.value().dtype() == DType::f64 ? x : cast(x, DType::bf16);
}
Variable positive(const Variable& x) { return affine(x, 0.1, 0.5); }

struct Bf16Case {
  std::string name;
  std::vector<core::Shape> inputs;
  std::function<Variable(Variables)> make;
  DType result = DType::bf16;
};

constexpr auto kBf16 = core::Precision::bf16;

std::vector<Bf16Case> table() {
  const core::Shape odd{3, 5, 7}, image{2, 6, 5, 3};
  return {
      {"relu", {odd}, [](Variables in) { return relu(act(in[0])); }},
      {"gelu", {odd}, [](Variables in) { return gelu(act(in[0])); }},
      {"sigmoid", {odd}, [](Variables in) { return sigmoid(act(in[0])); }},
      {"exp", {odd}, [](Variables in) { return exp(act(in[0])); }},
      {"log", {odd}, [](Variables in) { return log(positive(act(in[0]))); }},
      {"affine", {odd}, [](Variables in) { return affine(act(in[0]), -1.5, 0.25); }},
      {"clamp", {odd}, [](Variables in) { return clamp(act(in[0]), -0.7, 1.1); }},
      {"abs_pow", {odd}, [](Variables in) { return abs_pow(act(in[0]), 2.4); }},
      {"add", {odd, odd}, [](Variables in) { return add(act(in[0]), act(in[1])); }},
      {"add a parameter", {odd, {7}}, [](Variables in) { return add(act(in[0]), in[1]); }},
      {"add a wide parameter",
       {{300, 2, 3}, {1, 2, 3}},
       [](Variables in) { return add(act(in[0]), in[1]); }},
      {"sub a parameter", {odd, {5, 1}}, [](Variables in) { return sub(act(in[0]), in[1]); }},
      {"mul", {{2, 1, 4}, {3, 1}}, [](Variables in) { return mul(act(in[0]), act(in[1])); }},
      {"mul with a parameter", {odd, {1}}, [](Variables in) { return mul(act(in[0]), in[1]); }},
      {"div by a parameter",
       {odd, {7}},
       [](Variables in) { return div(act(in[0]), positive(in[1])); }},
      {"add_relu", {odd, odd}, [](Variables in) { return add_relu(act(in[0]), act(in[1])); }},
      {"softmax", {odd}, [](Variables in) { return softmax(act(in[0])); }},
      {"log_softmax", {odd}, [](Variables in) { return log_softmax(act(in[0])); }},
      {"layer_norm",
       {odd, {7}, {7}},
       [](Variables in) { return layer_norm(act(in[0]), in[1], in[2], 1e-5); }},
      {"batch_norm",
       {{4, 5, 3, 6}, {6}, {6}},
       [](Variables in) { return batch_norm(act(in[0]), in[1], in[2], 1e-5).y; }},
      {"batch_norm, wide",
       {{2, 3, 3, 70}, {70}, {70}},
       [](Variables in) { return batch_norm(act(in[0]), in[1], in[2], 1e-5).y; }},
      {"scale_shift",
       {image, {3}, {3}},
       [](Variables in) { return scale_shift(act(in[0]), in[1], in[2]); }},
      {"global_mean_pool",
       {image},
       [](Variables in) { return global_mean_pool(act(in[0])); },
       DType::f32},
      {"max_pool2d",
       {image},
       [](Variables in) {
         return max_pool2d(act(in[0]), {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}});
       }},
      {"sum",
       {odd},
       [](Variables in) {
         return sum(act(in[0]), {0, 2});
       },
       DType::f32},
      {"mean", {odd}, [](Variables in) { return mean(act(in[0]), {1}, true); }, DType::f32},
      {"sum_all", {odd}, [](Variables in) { return sum_all(act(in[0])); }, DType::f32},
      {"mean_all", {odd}, [](Variables in) { return mean_all(act(in[0])); }, DType::f32},
      {"reshape",
       {odd},
       [](Variables in) {
         return reshape(act(in[0]), {15, 7});
       }},
      {"permute",
       {odd},
       [](Variables in) {
         return permute(act(in[0]), {2, 0, 1});
       }},
      {"slice", {odd}, [](Variables in) { return slice(act(in[0]), 1, 1, 2, 2); }},
      {"pad", {odd}, [](Variables in) { return pad(act(in[0]), 2, 1, 3); }},
      {"concat",
       {odd, {3, 2, 7}},
       [](Variables in) {
         return concat({act(in[0]), act(in[1])}, 1);
       }},
      {"broadcast_to",
       {{1, 5, 1}},
       [](Variables in) {
         return broadcast_to(act(in[0]), {3, 5, 7});
       }},
      {"patches", {{2, 4, 6, 3}}, [](Variables in) { return patches(act(in[0]), 2); }},
      {"dropout", {odd}, [](Variables in) { return dropout(act(in[0]), 0.3, core::Rng(5)); }},
      {"drop_path",
       {{16, 3}},
       [](Variables in) { return drop_path(act(in[0]), 0.3, core::Rng(5)); }},
      {"lsq_quantize",
       {odd, {1}},
       [](Variables in) {
         return lsq_quantize(act(in[0]), positive(in[1]),
                             core::Tensor::full({1}, 3, in[1].value().dtype()),
                             {.q_min = 0, .q_max = 7});
       }},
      {"lsq_quantize per channel, half of it",
       {odd, {7}},
       [](Variables in) {
         return lsq_quantize(act(in[0]), positive(in[1]),
                             core::Tensor::full({7}, 3, in[1].value().dtype()),
                             {.q_min = 0, .q_max = 7, .choice = core::Choice(0.5, core::Rng(3))});
       }},
      {"linear",
       {{3, 5, 16}, {8, 16}, {8}},
       [](Variables in) { return linear(act(in[0]), in[1], in[2], kBf16); }},
      {"matmul",
       {{2, 6, 16}, {2, 5, 16}},
       [](Variables in) {
         return matmul(act(in[0]), act(in[1]), {.trans_b = true, .precision = kBf16});
       }},
      {"conv2d",
       {{2, 6, 5, 16}, {8, 16, 3, 3}, {8}},
       [](Variables in) {
         return conv2d(act(in[0]), in[1], in[2], {.pad = {1, 1}, .precision = kBf16});
       }},
      {"conv2d with relu and stride",
       {{2, 7, 6, 16}, {32, 16, 3, 3}, {32}},
       [](Variables in) {
         return conv2d(act(in[0]), in[1], in[2],
                       {.stride = {2, 2}, .pad = {1, 1}, .precision = kBf16, .relu = true});
       }},
      {"conv2d without a bf16 kernel",
       {{2, 7, 6, 4}, {6, 2, 3, 3}, {6}},
       [](Variables in) {
         return conv2d(act(in[0]), in[1], in[2], {.groups = 2, .precision = kBf16});
       }},
      {"out of bf16 again",
       {odd},
       [](Variables in) { return cast(act(in[0]), in[0].value().dtype()); },
       DType::f32},
  };
}

/// Value and gradients of the leaves, which are f32 or f64.
support::OpRun run(const Bf16Case& c, const std::vector<core::Tensor>& inputs,
                   const core::Tensor& dy, DType leaves) {
  std::vector<Variable> variables;
  for (const core::Tensor& x : inputs) variables.emplace_back(x.to(leaves), true);
  const Variable y = c.make(variables);
  const core::Tensor cotangent = dy.to(y.value().dtype());
  return {y.value(), gradients(y, variables, &cotangent)};
}

void check(const Bf16Case& c) {
  std::vector<core::Tensor> inputs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    core::Rng rng = core::Rng(17).stream(c.name).stream(i);
    inputs.push_back(rng.uniform(c.inputs[i], -2, 2).to(DType::bf16).to(DType::f64));
  }
  std::vector<Variable> constants(inputs.begin(), inputs.end());
  core::Rng rng = core::Rng(18).stream(c.name);
  const core::Tensor dy = rng.normal(c.make(constants).shape(), 0, 1).to(DType::bf16);
  const support::OpRun exact = run(c, inputs, dy.to(DType::f64), DType::f64);
  const support::OpRun quick = run(c, inputs, dy.to(DType::f32), DType::f32);
  CHECK_MESSAGE(quick.y.dtype() == c.result, c.name << ": type of the value");
  CHECK_MESSAGE(support::relative_difference(quick.y, exact.y) <= kBf16Tolerance,
                c.name << ": value");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK_MESSAGE(quick.grads[i].dtype() == DType::f32, c.name << ": type of gradient " << i);
    CHECK_MESSAGE(support::relative_difference(quick.grads[i], exact.grads[i]) <= kBf16Tolerance,
                  c.name << ": gradient of input " << i);
  }
}

}  // namespace

TEST_CASE("cast to f64 and back is differentiable and exact") {
  support::check_op(support::OpCase{"cast", {{3, 4}}, [](Variables in) {
                                      return cast(cast(in[0], DType::f64), in[0].value().dtype());
                                    }});
}

TEST_CASE("cast refuses integers") {
  CHECK_THROWS_AS(cast(Variable(core::Tensor::zeros({2}, DType::s32)), DType::f32),
                  core::ShapeError);
  CHECK_THROWS_AS(cast(Variable(core::Tensor::zeros({2})), DType::u8), core::ShapeError);
}

TEST_CASE("every op that an activation meets takes bf16, close to the same in f64") {
  for (const Bf16Case& c : table()) {
    SUBCASE(c.name.c_str()) { check(c); }
  }
}

TEST_CASE("statistics of bf16 activations are f32") {
  core::Rng rng(3);
  const Variable x(rng.normal({4, 3, 3, 5}, 1, 2).to(DType::bf16));
  const Variable one(core::Tensor::full({5}, 1.0)), zero(core::Tensor::zeros({5}));
  const BatchNormResult narrow = batch_norm(x, one, zero, 1e-5);
  const BatchNormResult wide = batch_norm(cast(x, DType::f32), one, zero, 1e-5);
  CHECK(narrow.mean.dtype() == DType::f32);
  CHECK(support::relative_difference(narrow.mean, wide.mean) < 1e-6);
  CHECK(support::relative_difference(narrow.unbiased_var, wide.unbiased_var) < 1e-6);
}

TEST_CASE("ops that are made for f32 refuse bf16 instead of converting it") {
  const Variable x(core::Tensor::full({2, 3}, 0.5, DType::bf16), true);
  const core::Tensor labels = core::Tensor::zeros({2}, DType::s64);
  CHECK_THROWS_AS(cross_entropy(x, labels), core::ShapeError);
  CHECK_THROWS_AS(l2_normalize(x), core::ShapeError);
  const Variable w(core::Tensor::full({3, 3}, 0.5));
  CHECK_THROWS_AS(linear(x, w, std::nullopt), core::ShapeError);
  CHECK_THROWS_AS(add(w, x), core::ShapeError);  // a parameter comes second
}

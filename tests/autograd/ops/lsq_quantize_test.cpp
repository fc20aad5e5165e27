#include "autograd/ops/lsq_quantize.h"

#include "autograd/ops/add.h"
#include "autograd/ops/clamp.h"
#include "autograd/ops/div.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/round_ste.h"
#include "autograd/ops/sub.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

namespace {

core::Tensor constant(const Variable& like, const core::Shape& shape, double value) {
  return core::Tensor::full(shape, value, like.value().dtype());
}

/// The op from its parts: what automatic differentiation makes of (round(t) - t).detach() + t and
/// clamp.
Variable composed(const Variable& x, const Variable& s, double zero, double lo, double hi) {
  const Variable z(constant(x, s.shape(), zero));
  return mul(s, sub(clamp(add(round_ste(div(x, s)), z), lo, hi), z));
}

struct Pair {
  OpCase fused, parts;
};

Pair pair(std::string name, core::Shape x, core::Shape s, double zero, double lo, double hi) {
  const auto positive = [](const Variable& raw) {  // a scale in (0.1, 0.5)
    return add(mul(raw, Variable(constant(raw, {}, 0.1))), Variable(constant(raw, {}, 0.3)));
  };
  const OpCase fused{.name = name,
                     .inputs = {x, s},
                     .make =
                         [=](Variables in) {
                           return lsq_quantize(in[0], positive(in[1]), constant(in[0], s, zero),
                                               {.q_min = lo, .q_max = hi});
                         },
                     .straight_through = true};
  OpCase parts = fused;
  parts.make = [=](Variables in) { return composed(in[0], positive(in[1]), zero, lo, hi); };
  return {fused, parts};
}

}  // namespace

TEST_CASE("lsq in one pass equals the op composed from round, clamp and arithmetic") {
  const std::vector<Pair> pairs{pair("unsigned, one scale", {3, 50}, {}, 3, 0, 7),
                                pair("signed, scale of shape (1)", {2, 5, 1, 7}, {1}, 0, -4, 3),
                                pair("per channel", {2, 3, 5}, {5}, 8, 0, 15)};
  for (const Pair& p : pairs) {
    SUBCASE(p.fused.name.c_str()) {
      support::check_op(p.fused);
      const std::vector<core::Tensor> inputs = support::draw_inputs(p.fused);
      const core::Tensor dy = support::draw_cotangent(p.fused, inputs);
      const support::OpRun a = support::run_case(p.fused, inputs, dy, core::DType::f64);
      const support::OpRun b = support::run_case(p.parts, inputs, dy, core::DType::f64);
      CHECK(support::relative_difference(a.y, b.y) < 1e-14);
      CHECK(support::relative_difference(a.grads[0], b.grads[0]) < 1e-12);
      CHECK(support::relative_difference(a.grads[1], b.grads[1]) < 1e-12);
    }
  }
}

TEST_CASE("the step gradient of one value inside the clip is round(t) - t") {
  const Variable x(core::Tensor::of<double>({1}, {0.77}), true);
  const Variable s(core::Tensor::scalar(0.13, core::DType::f64), true);
  const core::Tensor zero = core::Tensor::scalar(0, core::DType::f64);
  const Variable y = lsq_quantize(x, s, zero, {.q_min = 0, .q_max = 15});
  const std::vector<Variable> wrt{x, s};
  const std::vector<core::Tensor> grads = gradients(y, wrt);
  CHECK(y.value().item() == doctest::Approx(0.78));
  CHECK(grads[0].item() == 1);
  CHECK(grads[1].item() == doctest::Approx(0.0769231).epsilon(1e-6));  // 6 - 0.77/0.13
}

TEST_CASE("outside the clip x gets nothing and the step gets the distance of the end from zero") {
  const Variable x(core::Tensor::of<double>({2}, {-5, 9}), true);
  const Variable s(core::Tensor::scalar(0.5, core::DType::f64), true);
  const core::Tensor zero = core::Tensor::scalar(3, core::DType::f64);
  const Variable y = lsq_quantize(x, s, zero, {.q_min = 0, .q_max = 7, .grad_scale = 0.25});
  CHECK(y.value().values() == std::vector<double>{-1.5, 2});
  const std::vector<Variable> wrt{x, s};
  const core::Tensor dy = core::Tensor::of<double>({2}, {1, 10});
  const std::vector<core::Tensor> grads = gradients(y, wrt, &dy);
  CHECK(grads[0].values() == std::vector<double>{0, 0});
  CHECK(grads[1].item() == doctest::Approx(0.25 * (1 * -3.0 + 10 * 4.0)));
}

TEST_CASE("lsq refuses scales that are not positive and ranges that are empty") {
  const Variable x(core::Tensor::zeros({2, 3}));
  const core::Tensor zero = core::Tensor::scalar(0);
  CHECK_THROWS_AS(lsq_quantize(x, Variable(core::Tensor::scalar(0)), zero, {}), core::ShapeError);
  CHECK_THROWS_AS(lsq_quantize(x, Variable(core::Tensor::scalar(NAN)), zero, {}), core::ShapeError);
  CHECK_THROWS_AS(
      lsq_quantize(x, Variable(core::Tensor::scalar(1)), zero, {.q_min = 4, .q_max = 4}),
      core::ShapeError);
  CHECK_THROWS_AS(
      lsq_quantize(x, Variable(core::Tensor::full({2}, 1)), core::Tensor::zeros({2}), {}),
      core::ShapeError);
}

TEST_CASE("a learned zero point gets what automatic differentiation of the parts gives") {
  core::Rng rng(6);
  const Variable x(rng.normal({40, 3}, 0, 1, core::DType::f64), true);
  for (const std::int64_t channels : {1, 3}) {
    const Variable s(rng.uniform({channels}, 0.1, 0.4, core::DType::f64), true);
    const Variable z(core::Tensor::full({channels}, 3, core::DType::f64), true);
    const std::vector<Variable> wrt{x, s, z};
    const core::Tensor dy = rng.normal({40, 3}, 0, 1, core::DType::f64);
    const Variable fused = lsq_quantize(x, s, z, {.q_min = 0, .q_max = 7});
    const Variable parts = mul(s, sub(clamp(add(round_ste(div(x, s)), z), 0, 7), z));
    const auto a = gradients(fused, wrt, &dy), b = gradients(parts, wrt, &dy);
    for (std::size_t i = 0; i < wrt.size(); ++i)
      CHECK(support::relative_difference(a[i], b[i]) < 1e-12);
    const Variable scaled = lsq_quantize(x, s, z, {.q_min = 0, .q_max = 7, .grad_scale = 0.5});
    CHECK(gradients(scaled, wrt, &dy)[2].at(0) == doctest::Approx(0.5 * a[2].at(0)));
  }
}

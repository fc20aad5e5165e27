#include "quant/grid/act_table.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradients.h"
#include "core/rng.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::ActTable;

namespace {

std::shared_ptr<const ActTable> three() {
  return std::make_shared<ActTable>(ActTable{{0, 1, 4}, {0.5, 2}, -0.5, 6, 0.5});
}

struct Result {
  Tensor y, dx;
  double ds;
};
Result run(const Tensor& x, double scale, const quant::TableOptions& options = {}) {
  const DType parameter = x.dtype() == DType::f64 ? DType::f64 : DType::f32;
  const std::vector<Variable> wrt{Variable(x, true),
                                  Variable(Tensor::full({1}, scale, parameter), true)};
  const Variable y = quant::on_table(wrt[0], wrt[1], three(), options);
  const Tensor dy = Tensor::full(x.shape(), 1, x.dtype());
  const std::vector<Tensor> g = autograd::gradients(y, wrt, &dy);
  return {y.value(), g[0], g[1].item()};
}

}  // namespace

TEST_CASE("values go to the level of their cell, a value at a cut to the one above") {
  const Tensor x = Tensor::of<double>({6}, {-0.1, 0.2, 0.25, 0.99, 1.0, 9.0});
  const Result r = run(x, 0.5);
  CHECK(r.y.values() == std::vector<double>{0, 0, 0.5, 0.5, 2, 2});
}

TEST_CASE("gradients are straight-through: residuals inside, the end outside") {
  const Result r = run(Tensor::of<double>({4}, {0.3, 1.4, 9.0, -2.0}), 0.5);
  CHECK(r.dx.values() == std::vector<double>{1, 1, 0, 0});
  CHECK(r.ds == doctest::Approx((1 - 0.6) + (4 - 2.8) + 4 + 0));
}

TEST_CASE("the gradient of the step is that of LSQ: a difference quotient at fixed cells") {
  // with fixed cells y = s level, and the straight-through term takes x off again
  const double s = 0.5, e = 1e-6, x = 1.3;
  const auto soft = [&](double step) { return step * 4 + (x - step * (x / s)); };
  CHECK(run(Tensor::of<double>({1}, {x}), s).ds ==
        doctest::Approx((soft(s + e) - soft(s - e)) / (2 * e)).epsilon(1e-6));
}

TEST_CASE("elements that are left out stay as they are, the same in both directions") {
  const Tensor x = core::Rng(1).uniform({5000}, 0, 2);
  const Result r = run(x, 0.5, {.grad_scale = 1.0, .choice = core::Choice(0.5, core::Rng(4))});
  int left = 0;
  double ds = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const bool same = r.y.at(i) == x.at(i);
    left += same;
    if (!same) ds += (r.y.at(i) - x.at(i)) / 0.5;
  }
  CHECK(left > 2300);
  CHECK(left < 2700);
  CHECK(r.ds == doctest::Approx(ds).epsilon(1e-4));
}

TEST_CASE("NaN stays and stops the gradient; bf16 follows f32") {
  const Result nan = run(Tensor::of<float>({2}, {NAN, 0.3f}), 0.5);
  CHECK(std::isnan(nan.y.at(0)));
  CHECK(nan.dx.at(0) == 0);
  const Tensor x = core::Rng(2).uniform({64}, 0, 3).to(DType::bf16);
  CHECK(support::same_bits(run(x, 0.5).y, run(x.to(DType::f32), 0.5).y.to(DType::bf16)));
}

TEST_CASE("tables and steps that cannot be are refused") {
  CHECK_THROWS_AS((ActTable{{0, 1}, {}, 0, 1, 1}).check(), core::ShapeError);
  CHECK_THROWS_AS((ActTable{{}, {}, 0, 1, 1}).check(), core::ShapeError);
  CHECK_THROWS_AS((ActTable{{0, 1, 0.5}, {0.5, 0.7}, 0, 1, 1}).check(), core::ShapeError);
  CHECK_THROWS_AS((ActTable{{0, 1, 2}, {0.5, 0.5}, 0, 1, 1}).check(), core::ShapeError);
  CHECK_THROWS_AS((ActTable{{0, 1}, {0.5}, 0, 1, 0}).check(), core::ShapeError);
  three()->check();
  CHECK_THROWS_AS(run(Tensor::zeros({2}), 0.0), core::ShapeError);
  const Variable two(Tensor::full({2}, 1));
  CHECK_THROWS_AS(quant::on_table(two, two, three(), {}), core::ShapeError);
}

#include "autograd/ops/abs_pow.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/sub.h"
#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("lp sums over channels and averages over the rest") {
  const auto lp = make("lp", {{"p", 3.0}});
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  CHECK(value(*lp, prediction, target) == doctest::Approx((1 + 8 + 8) / 2.0));
  // tokens B,N,C: channels are the last axis there too
  CHECK(value(*lp, prediction.reshape({1, 2, 3}), target.reshape({1, 2, 3})) ==
        doctest::Approx(17 / 2.0));
}

TEST_CASE("lp passes gradcheck and is zero with zero gradient at the target") {
  for (const double p : {1.0, 1.5, 2.0, 2.4, 4.0}) {
    CAPTURE(p);
    check_loss(*make("lp", {{"p", p}}));
    check_zero_at_target(*make("lp", {{"p", p}}));
  }
}

TEST_CASE("lp equals its definition by public ops in value and gradient") {
  for (const double p : {1.0, 2.0, 2.4, 3.0}) {
    CAPTURE(p);
    for (const DType dtype : {DType::f64, DType::f32}) {
      const double tolerance = dtype == DType::f64 ? 1e-12 : 1e-5;  // powers by products there
      const Tensor y = core::Rng(1).normal({3, 37, 29, 5}, 0, 1, dtype);
      const Variable x(core::Rng(2).normal({3, 37, 29, 5}, 0, 1, dtype), true);
      const Variable fast = (*make("lp", {{"p", p}}))({x, y});
      const Variable slow =
          autograd::affine(autograd::sum_all(autograd::abs_pow(autograd::sub(x, Variable(y)), p)),
                           1.0 / (3 * 37 * 29), 0.0);
      CHECK(fast.value().item() == doctest::Approx(slow.value().item()).epsilon(tolerance));
      CHECK(support::relative_difference(autograd::gradients(fast, std::span(&x, 1))[0],
                                         autograd::gradients(slow, std::span(&x, 1))[0]) <
            tolerance);
    }
  }
}

TEST_CASE("lp refuses different shapes and exponents below 1") {
  CHECK_THROWS_AS(value(*make("lp"), Tensor::zeros({2, 3}), Tensor::zeros({3, 2})),
                  core::ShapeError);
  CHECK_THROWS_AS(make("lp", {{"p", 0.5}}), core::ConfigError);
}

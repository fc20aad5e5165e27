#include "autograd/ops/abs_pow.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/sub.h"
#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("l2 on a 2x3 example by hand") {
  const Tensor target = Tensor::of<float>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<float>({2, 3}, {1, -2, 0, 1, 3, 1});
  CHECK(value(*make("l2"), prediction, target) == doctest::Approx((1 + 4 + 4) / 2.0));
}

TEST_CASE("l2 passes gradcheck and is zero at the target") {
  check_loss(*make("l2"));
  check_zero_at_target(*make("l2"));
}

TEST_CASE("l2 equals its definition by public ops in value and gradient") {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const double tolerance = dtype == DType::f64 ? 1e-12 : 1e-5;  // order of summation
    const Tensor y = core::Rng(1).normal({3, 37, 29, 5}, 0, 1, dtype);
    const Variable x(core::Rng(2).normal({3, 37, 29, 5}, 0, 1, dtype), true);
    const Variable fast = (*make("l2"))({x, y});
    const Variable slow =
        autograd::affine(autograd::sum_all(autograd::abs_pow(autograd::sub(x, Variable(y)), 2.0)),
                         1.0 / (3 * 37 * 29), 0.0);
    CHECK(fast.value().item() == doctest::Approx(slow.value().item()).epsilon(tolerance));
    CHECK(support::relative_difference(autograd::gradients(fast, std::span(&x, 1))[0],
                                       autograd::gradients(slow, std::span(&x, 1))[0]) < tolerance);
  }
}

TEST_CASE("l2 refuses different shapes") {
  CHECK_THROWS_AS(value(*make("l2"), Tensor::zeros({2, 3}), Tensor::zeros({6})), core::ShapeError);
}

#include <doctest/doctest.h>

#include "autograd/gradients.h"
#include "core/rng.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("l2 on a 2x3 example by hand") {
  const auto l2 = quant_test::make<quant::Loss>("l2");
  const Tensor target = Tensor::of<float>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Variable prediction(Tensor::of<float>({2, 3}, {1, -2, 0, 1, 3, 1}));
  CHECK((*l2)({prediction, target}).value().item() == doctest::Approx((1 + 4 + 4) / 2.0));
}

TEST_CASE("l2 equals its definition, lp with p = 2, in value and gradient") {
  const auto l2 = quant_test::make<quant::Loss>("l2");
  const auto lp = quant_test::make<quant::Loss>("lp", {{"p", 2.0}});
  for (const core::DType dtype : {core::DType::f64, core::DType::f32}) {
    const double tolerance = dtype == core::DType::f64 ? 1e-12 : 1e-5;  // order of summation
    const Tensor y = core::Rng(1).normal({3, 37, 29, 5}, 0, 1, dtype);
    const Variable x(core::Rng(2).normal({3, 37, 29, 5}, 0, 1, dtype), true);
    const Variable fast = (*l2)({x, y}), slow = (*lp)({x, y});
    CHECK(fast.value().item() == doctest::Approx(slow.value().item()).epsilon(tolerance));
    CHECK(support::relative_difference(autograd::gradients(fast, std::span(&x, 1))[0],
                                       autograd::gradients(slow, std::span(&x, 1))[0]) < tolerance);
  }
}

TEST_CASE("l2 is zero at the target") {
  const Tensor y = core::Rng(1).normal({5, 2}, 0, 1);
  CHECK((*quant_test::make<quant::Loss>("l2"))({Variable(y), y}).value().item() == 0.0);
}

TEST_CASE("l2 refuses different shapes") {
  CHECK_THROWS_AS(
      (*quant_test::make<quant::Loss>("l2"))({Variable(Tensor::zeros({2, 3})), Tensor::zeros({6})}),
      core::ShapeError);
}

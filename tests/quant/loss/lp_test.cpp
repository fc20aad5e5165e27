#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradients.h"
#include "core/rng.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("lp sums over channels and averages over the rest") {
  const auto lp = quant_test::make<quant::Loss>("lp", {{"p", 3.0}});
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Variable prediction(Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1}));
  CHECK((*lp)({prediction, target}).value().item() == doctest::Approx((1 + 8 + 8) / 2.0));
  // tokens B,N,C: channels are the last axis there too
  const Variable tokens(prediction.value().reshape({1, 2, 3}));
  CHECK((*lp)({tokens, target.reshape({1, 2, 3})}).value().item() == doctest::Approx(17 / 2.0));
}

TEST_CASE("lp is zero with zero gradient at the target") {
  for (const double p : {1.0, 2.0, 2.4}) {
    const auto lp = quant_test::make<quant::Loss>("lp", {{"p", p}});
    const Tensor y = core::Rng(1).normal({3, 4}, 0, 1, core::DType::f64);
    const Variable x(y, true);
    const Variable loss = (*lp)({x, y});
    CHECK(loss.value().item() == 0.0);
    for (const double g : autograd::gradients(loss, std::span(&x, 1))[0].values()) CHECK(g == 0.0);
  }
}

TEST_CASE("lp has the derivative p |d|^(p-1) sign(d) / rows") {
  const auto lp = quant_test::make<quant::Loss>("lp", {{"p", 2.4}});
  const Tensor y = core::Rng(1).normal({3, 4}, 0, 1, core::DType::f64);
  const Variable x(core::Rng(2).normal({3, 4}, 0, 1, core::DType::f64), true);
  const Tensor g = autograd::gradients((*lp)({x, y}), std::span(&x, 1))[0];
  for (int i = 0; i < 12; ++i) {
    const double d = x.value().at(i) - y.at(i);
    CHECK(g.at(i) == doctest::Approx(2.4 * std::pow(std::abs(d), 1.4) * (d > 0 ? 1 : -1) / 3));
  }
}

TEST_CASE("lp refuses different shapes and exponents below 1") {
  const auto lp = quant_test::make<quant::Loss>("lp");
  CHECK_THROWS_AS((*lp)({Variable(Tensor::zeros({2, 3})), Tensor::zeros({3, 2})}),
                  core::ShapeError);
  CHECK_THROWS_AS(quant_test::make<quant::Loss>("lp", {{"p", 0.5}}), core::ConfigError);
}

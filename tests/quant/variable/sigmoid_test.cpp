#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("sigmoid starts at the logit of the fraction and hardens at zero") {
  const auto variable = quant_test::make<RoundingVariable>("sigmoid", {{"temperature", 2.0}});
  const auto weight = quant_test::step_one(Tensor::of<float>({3}, {0.25f, 1.75f, 3.0f}));
  const Tensor v = variable->init(weight)[0];
  CHECK(v.at(0) == doctest::Approx(-2 * std::log(3.0)));
  CHECK(v.at(1) == doctest::Approx(2 * std::log(3.0)));
  CHECK(v.at(2) == doctest::Approx(-2 * std::log(99.0)));  // r = 0 is kept at 0.01
  const Tensor moved = Tensor::of<float>({3}, {0.0f, -1e-3f, 5.0f});
  CHECK(variable->harden(weight, std::vector{moved}).values() == std::vector<double>{9, 9, 12});
}

TEST_CASE("the slope of sigmoid is h (1 - h) / T") {
  CHECK(quant_test::slope_of_h(*quant_test::make<RoundingVariable>("sigmoid"), 0.0) ==
        doctest::Approx(0.25));
  const auto cold = quant_test::make<RoundingVariable>("sigmoid", {{"temperature", 0.1}});
  const double h = 1 / (1 + std::exp(-3.0));
  CHECK(quant_test::slope_of_h(*cold, 0.3) == doctest::Approx(h * (1 - h) / 0.1));
}

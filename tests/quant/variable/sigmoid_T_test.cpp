#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("sigmoid_T sharpens from T = 1 to 0.05 by a constant factor a step") {
  const auto variable = quant_test::make<RoundingVariable>("sigmoid_T");
  CHECK(quant_test::slope_of_h(*variable, 0.0, 0.0) == doctest::Approx(0.25));
  CHECK(quant_test::slope_of_h(*variable, 0.0, 0.5) == doctest::Approx(0.25 / std::sqrt(0.05)));
  CHECK(quant_test::slope_of_h(*variable, 0.0, 1.0) == doctest::Approx(5));
  const auto own = quant_test::make<RoundingVariable>(
      "sigmoid_T", {{"temperature_start", 2.0}, {"temperature_end", 0.5}});
  CHECK(quant_test::slope_of_h(*own, 0.0, 0.0) == doctest::Approx(0.125));
  CHECK(quant_test::slope_of_h(*own, 0.0, 1.0) == doctest::Approx(0.5));
  const auto weight = quant_test::step_one(Tensor::of<float>({1}, {0.25f}));
  CHECK(own->init(weight)[0].at(0) == doctest::Approx(-2 * std::log(3.0)));
}

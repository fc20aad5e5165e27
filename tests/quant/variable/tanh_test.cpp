#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("tanh is (1 + tanh V) / 2 and starts at atanh(2r - 1)") {
  const auto variable = quant_test::make<RoundingVariable>("tanh");
  const auto weight = quant_test::step_one(Tensor::of<float>({2}, {0.25f, 2.9f}));
  const Tensor v = variable->init(weight)[0];
  CHECK(v.at(0) == doctest::Approx(std::atanh(-0.5)));
  CHECK(v.at(1) == doctest::Approx(std::atanh(0.8)));
  const Tensor at = Tensor::of<float>({2}, {0.7f, -0.2f});
  const Tensor h = variable->soften(weight, quant_test::leaves({at}), {}).h->value();
  CHECK(h.at(0) == doctest::Approx(0.5 * (1 + std::tanh(0.7))));
  CHECK(h.at(1) == doctest::Approx(0.5 * (1 + std::tanh(-0.2))));
  CHECK(quant_test::slope_of_h(*variable, 0.7) ==
        doctest::Approx(0.5 * (1 - std::tanh(0.7) * std::tanh(0.7))));
}

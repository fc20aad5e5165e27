#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("temp_soft_round is sigmoid((r - 1/2 + V) / T) with T from 1/4 to 0.05") {
  const auto variable = quant_test::make<RoundingVariable>("temp_soft_round");
  const auto weight = quant_test::step_one(Tensor::of<float>({3}, {0.25f, 1.75f, 0.5f}));
  const Tensor start = variable->init(weight)[0];
  CHECK(start.at(0) == 0);
  CHECK(start.at(1) == 0);
  CHECK(start.at(2) < 0);  // 0.5 rounds to even, down
  CHECK(start.at(2) > -2e-6);
  const Tensor v = Tensor::of<float>({3}, {0.1f, 0.1f, 0.1f});
  const auto h = [&](double progress) {
    return variable->soften(weight, quant_test::leaves({v}), {.progress = progress}).h->value();
  };
  CHECK(h(0).at(0) == doctest::Approx(1 / (1 + std::exp(0.15 / 0.25))));
  CHECK(h(1).at(1) == doctest::Approx(1 / (1 + std::exp(-0.35 / 0.05))));
  CHECK(variable->harden(weight, std::vector{v}).values() == std::vector<double>{8, 10, 9});
}

#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("softmax_T starts at the logarithms of the two shares, times the temperature") {
  const auto variable =
      quant_test::make<RoundingVariable>("softmax_T", {{"temperature_start", 0.5}});
  const auto weight = quant_test::step_one(Tensor::of<float>({1}, {0.25f}));
  const auto v = variable->init(weight);
  REQUIRE(v.size() == 2);
  CHECK(v[0].at(0) == doctest::Approx(0.5 * std::log(0.75)));
  CHECK(v[1].at(0) == doctest::Approx(0.5 * std::log(0.25)));
  CHECK(quant_test::start_of(*variable, weight).h->value().at(0) == doctest::Approx(0.25));
}

TEST_CASE("softmax_T is the softmax over down and up, and decides for the larger") {
  const auto variable = quant_test::make<RoundingVariable>("softmax_T");
  const auto weight = quant_test::step_one(Tensor::full({2}, 0.3));
  const Tensor down = Tensor::of<float>({2}, {0.2f, 1.0f}),
               up = Tensor::of<float>({2}, {0.5f, -1.0f});
  const std::vector<Variable> leaf = quant_test::leaves({down, up});
  const double temperature = 0.05;  // at the end
  const Tensor h = variable->soften(weight, leaf, {.progress = 1}).h->value();
  CHECK(h.at(0) == doctest::Approx(std::exp(0.5 / temperature) /
                                   (std::exp(0.5 / temperature) + std::exp(0.2 / temperature))));
  CHECK(h.at(1) < 1e-10);
  CHECK(variable->harden(weight, std::vector{down, up}).values() == std::vector<double>{9, 8});
}

#include "quant/variable/all_levels.h"

#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::RoundingVariable;

namespace {

constexpr const char* kNames[] = {"softmax_all", "gumbel_all"};

/// Two weights on a 2-bit grid with step 0.5 and zero point 1: levels -0.5, 0, 0.5, 1.
quant::QuantisedWeight small() {
  return {Tensor::of<double>({2}, {0.1, 0.8}),
          {.bits = 2, .per_channel = false},
          {Tensor::of<double>({1}, {0.5}), Tensor::of<double>({1}, {1})}};
}

}  // namespace

TEST_CASE("all levels have one logit each, a bell around the weight at the start") {
  for (const char* name : kNames) {
    const auto variable =
        quant_test::make<RoundingVariable>(name, {{"width", 0.4}, {"temperature_start", 2.0}});
    const std::vector<Tensor> logits = variable->init(small());
    REQUIRE(logits.size() == 1);
    REQUIRE(logits[0].shape() == core::Shape{2, 4});
    for (int k = 0; k < 4; ++k) {  // positions 1.2 and 2.6
      CHECK(logits[0].at(k) == doctest::Approx(-2.0 * std::pow(1.2 - k, 2) / 0.4));
      CHECK(logits[0].at(4 + k) == doctest::Approx(-2.0 * std::pow(2.6 - k, 2) / 0.4));
    }
  }
}

TEST_CASE("the soft weight is the mean level and the hard one the likeliest") {
  for (const char* name : kNames) {
    const auto variable = quant_test::make<RoundingVariable>(name, {{"temperature_end", 0.5}});
    const Tensor logits = Tensor::of<double>({2, 4}, {0, 1, 2, 3, 4, 0, 0, 0});
    const std::vector<Variable> leaf = quant_test::leaves({logits});
    const Tensor soft = variable->soften(small(), leaf, {.progress = 1}).weight.value();
    double sum = 0, mean = 0;
    for (int k = 0; k < 4; ++k) {
      sum += std::exp(k / 0.5);
      mean += std::exp(k / 0.5) * (0.5 * k - 0.5);
    }
    CHECK(soft.at(0) == doctest::Approx(mean / sum));
    CHECK(variable->harden(small(), std::vector{logits}).values() == std::vector<double>{3, 0});
  }
}

TEST_CASE("gradients of all levels match finite differences, learned grids included") {
  const quant::QuantisedWeight weight = small();
  for (const char* name : kNames) {
    const auto variable = quant_test::make<RoundingVariable>(name);
    std::vector<Tensor> inputs = variable->init(weight);
    inputs.push_back(weight.q.scale);
    inputs.push_back(weight.q.zero);
    for (const double progress : {0.0, 0.6}) {
      const auto soften = [&](std::span<const Variable> in) {
        return variable
            ->soften(weight, in.first(1),
                     {.progress = progress, .rng = core::Rng(4), .scale = &in[1], .zero = &in[2]})
            .weight;
      };
      const auto report = autograd::gradcheck(soften, inputs);
      CHECK_MESSAGE(report.passed, name << " at " << progress << ": " << report.str());
    }
  }
}

TEST_CASE("all levels refuse learned tensors of another shape") {
  const auto variable = quant_test::make<RoundingVariable>("softmax_all");
  const std::vector<Variable> none;
  CHECK_THROWS_AS(variable->soften(small(), none, {}), core::ShapeError);
  CHECK_THROWS_AS(variable->harden(small(), std::vector{Tensor::zeros({2, 3}, DType::f64)}),
                  core::ShapeError);
}

#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("sign_round with a clamp moves a code by one at most, by schedule as far as v goes") {
  const auto weight = quant_test::step_one(Tensor::of<float>({4}, {0.4f, 0.4f, -2.2f, 1.6f}));
  const Tensor v = Tensor::of<float>({4}, {0.2f, 3.0f, -3.0f, -0.2f});
  const auto codes = [&](const char* bound) {
    return quant_test::make<RoundingVariable>("sign_round", {{"bound", bound}})
        ->harden(weight, std::vector{v})
        .values();
  };
  CHECK(codes("clamp") == std::vector<double>{9, 9, 5, 9});
  CHECK(codes("schedule") == std::vector<double>{9, 11, 3, 9});
}

TEST_CASE("a clamped sign_round can come back from outside") {
  const auto variable = quant_test::make<RoundingVariable>("sign_round");
  const auto weight = quant_test::step_one(Tensor::full({3}, 0.4));
  const std::vector<Variable> v = quant_test::leaves({Tensor::of<float>({3}, {0.7f, 0.7f, 0.5f})});
  const Tensor dy = Tensor::of<float>({3}, {1, -1, -1});
  CHECK(autograd::gradients(variable->soften(weight, v, {}).weight, v, &dy)[0].values() ==
        std::vector<double>{1, 0, -1});
}

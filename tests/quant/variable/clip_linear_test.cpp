#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("clip_linear is V between 0 and 1 and starts at the fraction") {
  const auto variable = quant_test::make<RoundingVariable>("clip_linear");
  const auto weight = quant_test::step_one(Tensor::of<float>({4}, {0.25f, 1.0f, -0.25f, 0.6f}));
  CHECK(variable->init(weight)[0].values() ==
        std::vector<double>{0.25, 0, 0.75, static_cast<double>(0.6f)});
  const Tensor v = Tensor::of<float>({4}, {-0.5f, 0.0f, 1.5f, 0.5f});
  CHECK(variable->soften(weight, quant_test::leaves({v}), {}).h->value().values() ==
        std::vector<double>{0, 0, 1, 0.5});
  CHECK(variable->harden(weight, std::vector{v}).values() == std::vector<double>{8, 9, 8, 9});
}

TEST_CASE("clip_linear lets a value outside come back and not go further") {
  const auto variable = quant_test::make<RoundingVariable>("clip_linear");
  const auto weight = quant_test::step_one(Tensor::full({6}, 0.3));
  const std::vector<Variable> v =
      quant_test::leaves({Tensor::of<float>({6}, {-0.5f, -0.5f, 1.5f, 1.5f, 0.0f, 0.5f})});
  const Tensor dy = Tensor::of<float>({6}, {-1, 1, 1, -1, 2, -2});
  CHECK(autograd::gradients(variable->soften(weight, v, {}).weight, v, &dy)[0].values() ==
        std::vector<double>{-1, 0, 1, 0, 2, -2});
}

#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("ste_hard is hard in the forward pass, straight through in the backward one") {
  const auto variable = quant_test::make<RoundingVariable>("ste_hard");
  const auto weight = quant_test::step_one(Tensor::of<float>({3}, {0.25f, 1.75f, 2.0f}));
  const std::vector<Variable> v = quant_test::leaves({Tensor::of<float>({3}, {0.5f, 0.49f, 7.0f})});
  const Variable soft = variable->soften(weight, v, {}).weight;
  CHECK(soft.value().values() == std::vector<double>{1, 1, 3});
  const Tensor dy = Tensor::of<float>({3}, {2, -3, 4});
  CHECK(autograd::gradients(soft, v, &dy)[0].values() == dy.values());
  CHECK_FALSE(variable->has_h());
}

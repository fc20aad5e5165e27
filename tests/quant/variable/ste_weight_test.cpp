#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("ste_weight learns the weight itself") {
  const auto variable = quant_test::make<RoundingVariable>("ste_weight");
  const auto weight = quant_test::step_one(Tensor::of<float>({3}, {0.4f, 1.6f, 30.0f}));
  CHECK(support::same_bits(variable->init(weight)[0], weight.w));
  const std::vector<Variable> w =
      quant_test::leaves({Tensor::of<float>({3}, {0.6f, -1.6f, 30.0f})});
  const Variable soft = variable->soften(weight, w, {}).weight;
  CHECK(soft.value().values() == std::vector<double>{1, -2, 7});
  const Tensor dy = Tensor::of<float>({3}, {2, 3, 4});
  CHECK(autograd::gradients(soft, w, &dy)[0].values() == std::vector<double>{2, 3, 0});
}

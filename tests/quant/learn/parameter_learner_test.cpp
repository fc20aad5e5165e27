#include "quant/learn/parameter_learner.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("learned parameters follow their optimizer and are left in the pass without gradients") {
  const quant::Recipe recipe = quant_test::recipe({{"learn.bias.on", true},
                                                   {"learn.bias.optimizer.name", "sgd"},
                                                   {"learn.bias.optimizer.lr", 0.5}});
  REQUIRE(recipe.learn.bias.on);
  CHECK_FALSE(recipe.learn.norm.on);
  const Tensor start = Tensor::of<float>({2}, {1, -1});
  quant::ParameterLearner learner(recipe.learn.bias, {{"fc.bias", start}});
  quant::QuantPass pass(core::Precision::f32);
  std::vector<autograd::Variable> wrt;
  learner.bind(pass, 0, 10, wrt);
  REQUIRE(wrt.size() == 1);
  CHECK(wrt[0].requires_grad());
  CHECK(support::same_bits(wrt[0].value(), start));
  CHECK_FALSE(learner.penalty(0, 10).has_value());
  const Tensor grad = Tensor::of<float>({2}, {2, 4});
  learner.update(std::span(&grad, 1), 0, 10);
  learner.place(pass);
  wrt.clear();
  learner.bind(pass, 1, 10, wrt);
  CHECK(wrt[0].value().values() == std::vector<double>{0, -3});
}

#include "quant/learn_grid.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradients.h"
#include "autograd/ops/reduce.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;

namespace {

quant::QuantisedWeight small_weight() {
  const Tensor w = Tensor::of<float>({2, 2}, {0.3f, -0.5f, 0.8f, 0.1f});
  return {w, {.bits = 3}, {Tensor::of<float>({2}, {0.2f, 0.1f}), Tensor::of<float>({2}, {3, 1})}};
}

}  // namespace

TEST_CASE("learned steps start at their own, move relative to it and stay positive") {
  const quant::Recipe recipe = quant_test::recipe({{"learn.w_scale.on", true},
                                                   {"learn.w_scale.optimizer.name", "sgd"},
                                                   {"learn.w_scale.optimizer.lr", 1.0}});
  const quant::QuantisedWeight weight = small_weight();
  quant::GridLearner learner(recipe.learn, {&weight});
  REQUIRE(learner.grid(0)->scale.has_value());
  CHECK_FALSE(learner.grid(0)->zero.has_value());
  CHECK(support::same_bits(learner.grid(0)->scale->value(), weight.q.scale));

  quant::QuantPass pass(core::Precision::f32);
  std::vector<autograd::Variable> wrt;
  learner.bind(pass, 0, 10, wrt);
  REQUIRE(wrt.size() == 1);
  const autograd::Variable sum = autograd::sum_all(*learner.grid(0)->scale);
  const auto grads = autograd::gradients(sum, wrt);
  CHECK(grads[0].at(0) == doctest::Approx(0.2));  // d(s0 e^u)/du at u = 0
  CHECK(grads[0].at(1) == doctest::Approx(0.1));
  learner.update(grads, 0, 10);
  learner.settle();
  CHECK_FALSE(learner.grid(0)->scale->requires_grad());
  CHECK(learner.grid(0)->scale->value().at(0) == doctest::Approx(0.2 * std::exp(-0.2)));
}

TEST_CASE(
    "learned zero points are whole numbers inside the codes, with straight-through gradients") {
  const quant::Recipe recipe = quant_test::recipe({{"learn.w_scale.on", true},
                                                   {"learn.w_zero.on", true},
                                                   {"learn.w_zero.optimizer.name", "sgd"},
                                                   {"learn.w_zero.optimizer.lr", 1.0}});
  const quant::QuantisedWeight weight = small_weight();
  quant::GridLearner learner(recipe.learn, {&weight});
  quant::QuantPass pass(core::Precision::f32);
  std::vector<autograd::Variable> wrt;
  learner.bind(pass, 0, 10, wrt);
  REQUIRE(wrt.size() == 2);
  const std::vector<Tensor> grads{Tensor::zeros({2}), Tensor::of<float>({2}, {0.6f, 4.0f})};
  learner.update(grads, 0, 10);
  learner.settle();
  CHECK(learner.grid(0)->zero->value().values() == std::vector<double>{2, 0});  // 2.4 and -3
}

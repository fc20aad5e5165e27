#include "quant/learn/step_learner.h"

#include <doctest/doctest.h>

#include <cfloat>

#include "autograd/gradients.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

struct LearnedSteps {
  quant::Recipe recipe;
  quant::QuantPass pass{core::Precision::f32};
  quant::SiteId site{"act", quant::kOutput};

  explicit LearnedSteps(quant_test::Keys keys, double scale) : recipe(quant_test::recipe(keys)) {
    pass.set_activation(site, {Variable(Tensor::full({1}, scale)),
                               Tensor::zeros({1}),
                               {.bits = 3, .per_channel = false}});
  }
  double scale() const { return pass.activation("act", quant::kOutput)->scale.value().item(); }
};

}  // namespace

TEST_CASE("LSQ moves a bad step towards a good one") {
  const Tensor x = core::Rng(1).uniform({4000}, 0.0, 7.0);
  LearnedSteps it({{"learn_act.iters", 400},
                   {"learn_act.optimizer.lr", 0.01},
                   {"learn_act.schedule", "constant"}},
                  0.5);
  quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
  const auto l2 = quant_test::make<quant::Loss>("l2");
  for (int step = 0; step < 400; ++step) {
    std::vector<Variable> wrt;
    learner.bind(it.pass, step, 400, wrt);
    REQUIRE(wrt.size() == 1);
    CHECK_FALSE(learner.penalty(step, 400));
    const Variable y = (*it.pass.activation("act", quant::kOutput))(Variable(x));
    const auto grads = autograd::gradients((*l2)({y, x}), wrt);
    learner.update(grads, step, 400);
  }
  learner.place(it.pass);
  CHECK(it.scale() == doctest::Approx(1.0).epsilon(0.05));  // 7 levels over 7
}

TEST_CASE("an LSQ step stays positive whatever the gradient") {
  LearnedSteps it({{"learn_act.iters", 10}, {"learn_act.optimizer.lr", 10.0}}, 0.1);
  quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
  std::vector<Variable> wrt;
  learner.bind(it.pass, 0, 10, wrt);
  const Tensor grad = Tensor::full({1}, 5.0);
  for (int step = 0; step < 10; ++step) {
    learner.update(std::span(&grad, 1), step, 10);
    learner.place(it.pass);
    CHECK(it.scale() >= 0.1f * FLT_EPSILON);
  }
}

TEST_CASE("the floor under a learned step is a share of its start") {
  for (const double start : {1e-12, 0.1, 1e12}) {
    LearnedSteps it({{"learn_act.iters", 1},
                     {"learn_act.optimizer.name", "sgd"},
                     {"learn_act.optimizer.lr", 1.0}},
                    start);
    quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
    std::vector<Variable> wrt;
    learner.bind(it.pass, 0, 1, wrt);
    const Tensor grad = wrt[0].value();  // exactly to zero
    learner.update(std::span(&grad, 1), 0, 1);
    learner.place(it.pass);
    CHECK(it.scale() == doctest::Approx(FLT_EPSILON * start).epsilon(1e-6));
  }
}

TEST_CASE("a site without a quantiser cannot be learned") {
  LearnedSteps it({}, 0.1);
  CHECK_THROWS_AS(quant::StepLearner(it.recipe.learn_act, {{"other", 0}}, it.pass), core::Error);
}

TEST_CASE("LSQ+ moves a bad zero point towards a good one, in whole codes") {
  const Tensor x = core::Rng(1).uniform({4000}, -3.0, 4.0);
  LearnedSteps it({{"learn_act.iters", 300},
                   {"learn_act.optimizer.lr", 0.002},
                   {"learn_act.schedule", "constant"},
                   {"learn_act.a_zero.on", true},
                   {"learn_act.a_zero.optimizer.lr", 0.05}},
                  1.0);  // codes 0 to 7 with zero point 0: nothing below 0
  quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
  const auto l2 = quant_test::make<quant::Loss>("l2");
  for (int step = 0; step < 300; ++step) {
    std::vector<Variable> wrt;
    learner.bind(it.pass, step, 300, wrt);
    REQUIRE(wrt.size() == 2);
    const Variable y = (*it.pass.activation("act", quant::kOutput))(Variable(x));
    learner.update(autograd::gradients((*l2)({y, x}), wrt), step, 300);
  }
  learner.place(it.pass);
  const quant::ActQuantiser& end = *it.pass.activation("act", quant::kOutput);
  CHECK(end.zero.item() == 3);  // -3 to 4 in steps of about 1
  CHECK_FALSE(end.learned_zero.has_value());
}

TEST_CASE("untouched zero points are the first ones, and a state brings steps and zeros back") {
  LearnedSteps it({{"learn_act.a_zero.on", true}}, 0.25);
  quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
  const std::vector<Tensor> start = learner.state();
  REQUIRE(start.size() == 2);
  learner.update(std::vector{Tensor::full({1}, 1.0), Tensor::full({1}, -1000.0)}, 0, 1);
  CHECK(learner.state()[1].item() > 0);
  learner.restore(start);
  learner.place(it.pass);
  CHECK(it.scale() == 0.25);
  CHECK(it.pass.activation("act", quant::kOutput)->zero.item() == 0);
}

TEST_CASE("a zero point that a step took outside the codes is used at their end") {
  LearnedSteps it({{"learn_act.a_zero.on", true},
                   {"learn_act.a_zero.optimizer.name", "sgd"},
                   {"learn_act.a_zero.optimizer.lr", 1.0}},
                  0.25);
  quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
  learner.update(std::vector{Tensor::zeros({1}), Tensor::full({1}, -9.6)}, 0, 1);
  learner.place(it.pass);
  CHECK(it.pass.activation("act", quant::kOutput)->zero.item() == 7);
}

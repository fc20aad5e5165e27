#include "quant/learn_steps.h"

#include <doctest/doctest.h>

#include <cfloat>

#include "autograd/gradients.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

struct Learned {
  quant::Recipe recipe;
  quant::QuantPass pass{core::Precision::f32};
  quant::SiteId site{"act", quant::kOutput};

  explicit Learned(quant_test::Keys keys, double scale) : recipe(quant_test::recipe(keys)) {
    pass.set_activation(site, {Variable(Tensor::full({1}, scale)),
                               Tensor::zeros({1}),
                               {.bits = 3, .per_channel = false}});
  }
  double scale() const { return pass.activation("act", quant::kOutput)->scale.value().item(); }
};

}  // namespace

TEST_CASE("LSQ moves a bad step towards a good one") {
  const Tensor x = core::Rng(1).uniform({4000}, 0.0, 7.0);
  Learned it({{"learn_act.iters", 400},
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
  Learned it({{"learn_act.iters", 10}, {"learn_act.optimizer.lr", 10.0}}, 0.1);
  quant::StepLearner learner(it.recipe.learn_act, {it.site}, it.pass);
  std::vector<Variable> wrt;
  learner.bind(it.pass, 0, 10, wrt);
  const Tensor grad = Tensor::full({1}, 5.0);
  for (int step = 0; step < 10; ++step) {
    learner.update(std::span(&grad, 1), step, 10);
    learner.place(it.pass);
    CHECK(it.scale() >= FLT_EPSILON);
  }
}

TEST_CASE("a site without a quantiser cannot be learned") {
  Learned it({}, 0.1);
  CHECK_THROWS_AS(quant::StepLearner(it.recipe.learn_act, {{"other", 0}}, it.pass), core::Error);
}

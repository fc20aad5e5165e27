#include "quant/learn/grid_learner.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "autograd/gradients.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/reduce.h"
#include "quant/grid/codes.h"
#include "quant/learn/rounding_learner.h"
#include "quant/selection/selection.h"
#include "tests/quant/helpers.h"
#include "tests/quant/variable/bent.h"
#include "tests/support/compare.h"

using core::Tensor;

namespace {

quant::QuantisedWeight small_weight() {
  const Tensor w = Tensor::of<float>({2, 2}, {0.3f, -0.5f, 0.8f, 0.1f});
  return {w, {.bits = 3}, {Tensor::of<float>({2}, {0.2f, 0.1f}), Tensor::of<float>({2}, {3, 1})}};
}

struct Probe final : nn::Module {
  std::string_view type() const override { return "Probe"; }
};

}  // namespace

TEST_CASE("learned steps start at their own, move relative to it and stay positive") {
  const quant::Recipe recipe = quant_test::recipe({{"learn.w_scale.on", true},
                                                   {"learn.w_scale.optimizer.name", "sgd"},
                                                   {"learn.w_scale.optimizer.lr", 1.0}});
  const quant::QuantisedWeight weight = small_weight();
  quant::GridLearner learner(recipe.learn, {&weight});
  REQUIRE(learner.grid(0).scale.has_value());
  CHECK_FALSE(learner.grid(0).zero.has_value());
  CHECK(support::same_bits(learner.grid(0).scale->value(), weight.q.scale));

  quant::QuantPass pass(core::Precision::f32);
  std::vector<autograd::Variable> wrt;
  learner.bind(pass, 0, 10, wrt);
  REQUIRE(wrt.size() == 1);
  const autograd::Variable sum = autograd::sum_all(*learner.grid(0).scale);
  const auto grads = autograd::gradients(sum, wrt);
  CHECK(grads[0].at(0) == doctest::Approx(0.2));  // d(s0 e^u)/du at u = 0
  CHECK(grads[0].at(1) == doctest::Approx(0.1));
  learner.update(grads, 0, 10);
  learner.settle();
  CHECK_FALSE(learner.grid(0).scale->requires_grad());
  CHECK(learner.grid(0).scale->value().at(0) == doctest::Approx(0.2 * std::exp(-0.2)));
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
  CHECK(learner.grid(0).zero->value().values() == std::vector<double>{2, 0});  // 2.4 and -3
}

TEST_CASE("learned exponents start at their own, stay in their range, and are held when clipped") {
  const auto weight = quant_test::bent(core::Rng(1).normal({2, 20}, 0, 1), 4, 0.5, true);
  for (const double clip : {0.0, 0.02}) {
    const quant::Recipe recipe = quant_test::recipe({{"quant.weight.grid", "power"},
                                                     {"learn.exponent.on", true},
                                                     {"learn.exponent.clip", clip},
                                                     {"learn.exponent.optimizer.name", "sgd"},
                                                     {"learn.exponent.optimizer.lr", 1.0}});
    quant::GridLearner learner(recipe.learn, {&weight});
    CHECK_FALSE(learner.grid(0).scale.has_value());
    REQUIRE(learner.grid(0).warp.has_value());
    CHECK(support::same_bits(learner.grid(0).warp->value(), weight.q.warp));
    quant::QuantPass pass(core::Precision::f32);
    std::vector<autograd::Variable> wrt;
    learner.bind(pass, 0, 10, wrt);
    REQUIRE(wrt.size() == 1);
    const auto step = [&](double gradient) {
      const Tensor grads[] = {Tensor::full({1}, gradient)};
      learner.update(grads, 0, 10);
      learner.settle();
      CHECK_FALSE(learner.grid(0).warp->requires_grad());
      return learner.grid(0).warp->value().item();
    };
    CHECK(step(0.1) == doctest::Approx(clip > 0 ? 0.48 : 0.4));
    if (clip > 0) continue;
    CHECK(step(7.0) == doctest::Approx(0.2));
    CHECK(step(-7.0) == doctest::Approx(1.5));
  }
}

TEST_CASE("every variable takes a learned exponent: gradients reach it, codes stand on it") {
  const auto weight = quant_test::bent(core::Rng(2).normal({4, 30}, 0, 1), 3, 0.5, true);
  const Tensor dy = core::Rng(3).normal(weight.w.shape(), 0, 1);
  for (const std::string& name : core::Registry<quant::RoundingVariable>::names()) {
    CAPTURE(name);
    if (!quant_test::make<quant::RoundingVariable>(name)->takes_levels()) continue;
    const quant::Recipe recipe = quant_test::recipe({{"quant.weight.grid", "power"},
                                                     {"learn.variable", name},
                                                     {"learn.regulariser", "none"},
                                                     {"learn.exponent.on", true}});
    const std::vector<const quant::QuantisedWeight*> weights{&weight};
    for (const bool masked : {false, true}) {
      quant::RoundingLearner::Item item{.parameter = "w", .weight = &weight};
      if (masked)
        item.mask = quant_test::make<quant::Selection>("random", {{"share", 0.5}})
                        ->mask(weight, nullptr, core::Rng(3));
      quant::RoundingLearner learner(recipe.learn, {item}, core::Rng(1),
                                     std::make_unique<quant::GridLearner>(recipe.learn, weights));
      CHECK(support::same_bits(learner.codes()[0],
                               quant::quantise_codes(weight.w, weight.q, weight.grid)));
      CHECK(support::same_bits(learner.grids()[0].warp, weight.q.warp));
      quant::QuantPass pass(core::Precision::f32);
      Probe probe;
      std::vector<autograd::Variable> wrt;
      learner.bind(pass, 0, 10, wrt);
      const auto soft = pass.parameter(probe, {"w", weight.w});
      const auto grads = autograd::gradients(soft, wrt, &dy);
      CHECK(grads[0].shape() == core::Shape{1});
      CHECK(grads[0].item() != 0);
      for (std::size_t i = 1; i < grads.size(); ++i) {
        for (const double g : grads[i].values()) CHECK(std::isfinite(g));
      }
    }
  }
}

TEST_CASE("exponent and codes together come nearer to a weight than codes alone") {
  // the target stands on the grid of exponent 0.7; the learner starts at 0.5
  auto target = quant_test::bent(core::Rng(4).normal({4, 60}, 0, 1), 3, 0.7, true);
  target.w = quant::fake_quantise(target.w, target.q, target.grid);
  auto weight = target;
  weight.q.warp = Tensor::full({1}, 0.5);
  const auto learn = [&](const char* variable, bool exponent) {
    const quant::Recipe recipe = quant_test::recipe({{"quant.weight.grid", "power"},
                                                     {"learn.variable", variable},
                                                     {"learn.regulariser", "none"},
                                                     {"learn.optimizer.lr", 1e-3},
                                                     {"learn.exponent.on", exponent},
                                                     {"learn.exponent.optimizer.lr", 3e-3}});
    const std::vector<const quant::QuantisedWeight*> weights{&weight};
    quant::RoundingLearner learner(recipe.learn, {{.parameter = "w", .weight = &weight}},
                                   core::Rng(1),
                                   std::make_unique<quant::GridLearner>(recipe.learn, weights));
    quant::QuantPass pass(core::Precision::f32);
    Probe probe;
    for (int step = 0; step < 200; ++step) {
      std::vector<Tensor> grads;
      {
        std::vector<autograd::Variable> wrt;
        learner.bind(pass, step, 200, wrt);
        const auto soft = pass.parameter(probe, {"w", weight.w});
        grads = autograd::gradients((*recipe.learn.loss)({soft, target.w}), wrt);
      }
      learner.update(grads, step, 200);
    }
    learner.place(pass);
    const Tensor hard = quant::dequantise(learner.codes()[0], learner.grids()[0], weight.grid);
    return (*recipe.learn.loss)({autograd::Variable(hard), target.w}).value().item();
  };
  // (a soft two-state variable starts at the weight itself, where nothing is left to learn)
  for (const char* variable : {"full_range", "ste_weight", "flexround", "ste_hard"}) {
    const double together = learn(variable, true), alone = learn(variable, false);
    CHECK_MESSAGE(together < 0.3 * alone,
                  variable << ": " << together << ", codes alone " << alone);
  }
}

#include "quant/learn/reconstruct.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "autograd/ops/linear.h"
#include "quant/grid/codes.h"
#include "quant/learn/rounding_learner.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

struct Probe final : nn::Module {
  std::string_view type() const override { return "Probe"; }
};

/// A linear layer y = x wT with quantiser step 1 (unless `q` is given) that learns its rounding.
struct Layer {
  quant::QuantisedWeight weight;
  quant::UnitData data;
  quant::QuantPass pass{core::Precision::f32};
  Probe probe;

  Layer(const Tensor& w, const Tensor& x)
      : weight{w,
               {.bits = 4, .per_channel = false},
               {Tensor::full({1}, 1.0), Tensor::full({1}, 8.0)}} {
    data.x_quant = data.x_float = x;
    data.y_float = autograd::linear(Variable(x), Variable(w)).value();
    pass.set_parameter("w", Variable(quant::fake_quantise(w, weight.q, weight.grid)));
  }
  quant::Unit unit() {
    return {"layer", [this](const Variable& x, nn::Pass& p) {
              return autograd::linear(x, p.parameter(probe, {"w", weight.w}));
            }};
  }
  double loss(const quant::Recipe& recipe, std::int64_t rows) {
    return quant::Objective{unit(), data, recipe.learn, pass}.loss(rows);
  }
  /// Codes minus the zero point, after learning.
  std::vector<double> learn(const quant::Recipe& recipe) {
    quant::RoundingLearner learner(recipe.learn, {{"w", &weight}}, core::Rng(1));
    quant::Learner* const learners[] = {&learner};
    core::Monitor monitor;
    const auto result =
        quant::reconstruct({unit(), data, recipe.learn, pass}, learners, core::Rng(1), monitor);
    CHECK_FALSE(result.diverged_at);
    std::vector<double> codes = learner.codes()[0].values();
    for (double& c : codes) c -= 8;
    return codes;
  }
};

}  // namespace

TEST_CASE("two weights on equal inputs: exactly one of two 0.4 is rounded up") {
  Layer layer(Tensor::of<float>({1, 2}, {0.4f, 0.4f}), Tensor::full({4, 2}, 1.0));
  // equal weights see equal gradients: a start that differs is what breaks the tie, so perturb
  // within the rounding
  Layer nearly(Tensor::of<float>({1, 2}, {0.41f, 0.39f}), Tensor::full({4, 2}, 1.0));
  const auto recipe = quant_test::recipe({{"learn.iters", 1000}, {"learn.optimizer.lr", 0.01}});
  const auto codes = nearly.learn(recipe);
  CHECK(codes[0] + codes[1] == 1);
  CHECK(codes[0] == 1);
  // round to nearest is off by 0.8, the optimum by 0.2
  core::Monitor monitor;
  CHECK(std::sqrt(layer.loss(recipe, 4)) == doctest::Approx(0.8));
  nearly.pass.set_parameter("w", Variable(Tensor::of<float>({1, 2}, {1.0f, 0.0f})));
  CHECK(std::sqrt(nearly.loss(recipe, 4)) == doctest::Approx(0.2));
}

TEST_CASE("a layer of one weight learns round to nearest") {
  const auto recipe = quant_test::recipe({{"learn.iters", 400}, {"learn.optimizer.lr", 0.02}});
  for (const float w : {0.2f, 0.45f, 0.55f, -0.3f, -0.7f, 3.49f}) {
    Layer layer(Tensor::of<float>({1, 1}, {w}), core::Rng(3).normal({64, 1}, 0, 1));
    CHECK(layer.learn(recipe)[0] == std::nearbyint(w));
  }
}

TEST_CASE("a regulariser without end gives round to nearest when there is no warm-up") {
  core::Rng rng(8);
  // no fraction at one half
  Tensor w = rng.uniform({6, 20}, -5.0, 5.0);
  Layer layer(w, rng.normal({64, 20}, 0, 1));
  for (const bool fused : {true, false}) {
    const auto recipe = quant_test::recipe({{"learn.iters", 300},
                                            {"learn.optimizer.lr", 0.02},
                                            {"learn.fused", fused},
                                            {"learn.regulariser.lambda", 1e7},
                                            {"learn.regulariser.warm_up", 0.0},
                                            {"learn.regulariser.schedule", "const"}});
    std::vector<double> nearest =
        quant::quantise_codes(w, layer.weight.q, layer.weight.grid).values();
    for (double& c : nearest) c -= 8;
    CHECK(layer.learn(recipe) == nearest);
  }
}

TEST_CASE(
    "learning lowers the loss below round to nearest on correlated inputs, and logs its curve") {
  core::Rng rng(9);
  const Tensor base = rng.normal({256, 1}, 0, 1);
  Tensor x = rng.normal({256, 16}, 0, 0.3);
  for (int i = 0; i < 256 * 16; ++i) x.writable<float>()[i] += static_cast<float>(base.at(i / 16));
  Layer layer(rng.uniform({8, 16}, -3.0, 3.0), x);
  const auto recipe = quant_test::recipe(
      {{"learn.iters", 2000}, {"learn.optimizer.lr", 0.02}, {"learn.regulariser.lambda", 0.5}});
  const double before = layer.loss(recipe, 256);
  quant::RoundingLearner learner(recipe.learn, {{"w", &layer.weight}}, core::Rng(1));
  quant::Learner* const learners[] = {&learner};
  core::Monitor monitor;
  const auto result = quant::reconstruct({layer.unit(), layer.data, recipe.learn, layer.pass},
                                         learners, core::Rng(1), monitor);
  layer.pass.set_parameter(
      "w", Variable(quant::dequantise(learner.codes()[0], layer.weight.q, layer.weight.grid)));
  CHECK(layer.loss(recipe, 256) < 0.5 * before);
  CHECK(learner.undecided() < 0.05);
  CHECK(result.curve.step.front() == 0);
  CHECK(result.curve.step.back() == 1999);
  CHECK(result.curve.step.size() == result.curve.loss.size());
  CHECK(result.curve.step.size() <= 102);
}

TEST_CASE("an objective that is not finite stops the loop and names the step") {
  Layer layer(Tensor::full({1, 1}, 0.3), Tensor::full({4, 1}, 1.0));
  layer.data.y_float = Tensor::full({4, 1}, NAN);
  const auto recipe = quant_test::recipe({{"learn.iters", 10}});
  quant::RoundingLearner learner(recipe.learn, {{"w", &layer.weight}}, core::Rng(1));
  quant::Learner* const learners[] = {&learner};
  core::Monitor monitor;
  const auto result = quant::reconstruct({layer.unit(), layer.data, recipe.learn, layer.pass},
                                         learners, core::Rng(1), monitor);
  CHECK(result.diverged_at == 0);
}

TEST_CASE("patience ends a loop whose codes stay as they are, and only that one") {
  const auto steps = [&](float w, std::int64_t patience) {
    Layer layer(Tensor::of<float>({1, 1}, {w}), Tensor::full({8, 1}, 1.0));
    const auto recipe = quant_test::recipe(
        {{"learn.iters", 300}, {"learn.optimizer.lr", 0.001}, {"learn.patience", patience}});
    quant::RoundingLearner learner(recipe.learn, {{"w", &layer.weight}}, core::Rng(1));
    quant::Learner* const learners[] = {&learner};
    core::Monitor monitor;
    return quant::reconstruct({layer.unit(), layer.data, recipe.learn, layer.pass}, learners,
                              core::Rng(1), monitor)
        .steps;
  };
  CHECK(steps(0.1f, 0) == 300);
  CHECK(steps(0.1f, 100) == 101);  // looked at in steps 0, 25, .., 100
  CHECK(steps(0.1f, 110) == 126);
  CHECK(steps(0.1f, 300) == 300);
}

TEST_CASE("a monitor can stop the loop and hears of progress") {
  struct Stop final : core::Monitor {
    mutable int asked = 0;
    int reports = 0;
    bool stop_requested() const override { return ++asked > 60; }
    void report(std::string_view task, std::int64_t, std::int64_t total, double) override {
      CHECK(task == "layer");
      CHECK(total == 1000);
      ++reports;
    }
  } monitor;
  Layer layer(Tensor::full({1, 1}, 0.3), Tensor::full({4, 1}, 1.0));
  const auto recipe = quant_test::recipe({{"learn.iters", 1000}});
  quant::RoundingLearner learner(recipe.learn, {{"w", &layer.weight}}, core::Rng(1));
  quant::Learner* const learners[] = {&learner};
  CHECK_THROWS_AS(quant::reconstruct({layer.unit(), layer.data, recipe.learn, layer.pass}, learners,
                                     core::Rng(1), monitor),
                  core::Interrupted);
  CHECK(monitor.reports == 2);
}

TEST_CASE("logits go on from a run on the quantised input where the first input is mixed") {
  // one weight 0.4 stands at 0: its soft value is all that y = w x depends on
  const auto objective = [](const char* of, double keep) {
    Layer layer(Tensor::full({1, 1}, 0.4), Tensor::full({4, 1}, 1.0));
    layer.data.x_quant = Tensor::full({4, 1}, 3.0);
    layer.data.float_logits = layer.data.y_float;
    std::vector<double> seen;  // what the rest of the network is given
    layer.data.rest = [&](const Variable& y, nn::Pass&) {
      seen.push_back(y.value().at(0));
      return y;
    };
    const auto recipe = quant_test::recipe({{"learn.iters", 1},
                                            {"learn.input.name", "mix"},
                                            {"learn.input.p", 0.0},
                                            {"learn.keep", keep},
                                            {"learn.loss.name", "prediction"},
                                            {"learn.loss.of", of}});
    layer.learn(recipe);
    REQUIRE(seen.size() == 1);
    return seen[0];
  };
  // p = 0: the mixed input is the float one, 1; the quantised one is 3
  CHECK(objective("mixed", 1) == doctest::Approx(0.4));
  CHECK(objective("unmixed_input", 1) == doctest::Approx(1.2));
  CHECK(objective("unmixed", 1) == doctest::Approx(1.2));
  CHECK(objective("unmixed", 0.5) == doctest::Approx(1.2));
}

TEST_CASE("a unit without a mix and without drops is run once") {
  for (const char* of : {"mixed", "unmixed_input", "unmixed"}) {
    Layer layer(Tensor::full({1, 1}, 0.4), Tensor::full({4, 1}, 1.0));
    layer.data.float_logits = layer.data.y_float;
    int runs = 0;
    const quant::Unit unit{"layer", [&](const Variable& x, nn::Pass& p) {
                             ++runs;
                             return layer.unit().run(x, p);
                           }};
    const auto recipe = quant_test::recipe(
        {{"learn.iters", 3}, {"learn.loss.name", "prediction"}, {"learn.loss.of", of}});
    quant::RoundingLearner learner(recipe.learn, {{"w", &layer.weight}}, core::Rng(1));
    quant::Learner* const learners[] = {&learner};
    core::Monitor monitor;
    quant::reconstruct({unit, layer.data, recipe.learn, layer.pass}, learners, core::Rng(1),
                       monitor);
    CHECK(runs == 3);
  }
}

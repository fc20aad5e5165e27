#include "quant/learn/rounding_learner.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "autograd/gradients.h"
#include "core/kernels/map.h"
#include "quant/grid/codes.h"
#include "quant/selection/selection.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingLearner;

namespace {

struct Probe final : nn::Module {
  std::string_view type() const override { return "Probe"; }
};

quant::QuantisedWeight some_weight() {
  const Tensor w = core::Rng(2).normal({4, 30}, 0, 1);
  const quant::Grid grid{.bits = 2};
  return {w, grid, (*quant_test::make<quant::Scale>("l2p4"))(w, grid)};
}

Tensor soft_of(const RoundingLearner& learner, const quant::QuantisedWeight& weight) {
  quant::QuantPass pass(core::Precision::f32);
  Probe probe;
  learner.place_soft(pass);
  return pass.parameter(probe, {"w", weight.w}).value();
}

/// Learns `steps` steps towards a fixed random weight; `each` sees the learner after every step.
template <class Each>
void walk(RoundingLearner& learner, const quant::Recipe& recipe,
          const quant::QuantisedWeight& weight, int steps, Each&& each) {
  const Tensor target = core::Rng(9).normal(weight.w.shape(), 0, 1);
  quant::QuantPass pass(core::Precision::f32);
  Probe probe;
  for (int step = 0; step < steps; ++step) {
    std::vector<Tensor> grads;
    {
      std::vector<Variable> wrt;
      learner.bind(pass, step, steps, wrt);
      const Variable w = pass.parameter(probe, {"w", weight.w});
      const Variable loss = (*recipe.learn.loss)({w, target});
      const auto penalty = learner.penalty(step, steps);
      grads = autograd::gradients(loss, wrt);
      if (penalty) {
        const auto more = autograd::gradients(*penalty, wrt);
        for (std::size_t i = 0; i < grads.size(); ++i) core::accumulate(grads[i], more[i]);
      }
    }
    learner.update(grads, step, steps);
    each(step);
  }
}
void walk(RoundingLearner& learner, const quant::Recipe& recipe,
          const quant::QuantisedWeight& weight, int steps) {
  walk(learner, recipe, weight, steps, [](int) {});
}

quant::Recipe moving(const std::string& variable, bool fused, bool regularised) {
  return quant_test::recipe({{"learn.iters", 60},
                             {"learn.fused", fused},
                             {"learn.variable", variable},
                             {"quant.first_last", "same"},  // grids that every variable can hold
                             {"learn.regulariser", regularised ? "adaround" : "none"},
                             {"learn.optimizer.lr", 0.02}});
}

Tensor mask_named(const char* name, const quant::QuantisedWeight& weight, quant_test::Keys keys) {
  return quant_test::make<quant::Selection>(name, keys)->mask(weight, nullptr, core::Rng(3));
}

}  // namespace

TEST_CASE(
    "a learner that has not moved decides as round to nearest, and its soft weight is the float "
    "weight or clipped") {
  const auto weight = some_weight();
  const auto recipe = quant_test::recipe({});
  RoundingLearner learner(recipe.learn, {{"w", &weight}}, core::Rng(1));
  CHECK(support::same_bits(learner.codes()[0],
                           quant::quantise_codes(weight.w, weight.q, weight.grid)));
  const Tensor soft = soft_of(learner, weight);
  const quant::QParams& q = weight.q;
  for (int i = 0; i < 120; ++i) {
    const double lo = q.scale.at(i / 30) * (0 - q.zero.at(i / 30)),
                 hi = q.scale.at(i / 30) * (3 - q.zero.at(i / 30));
    CHECK(soft.at(i) == doctest::Approx(std::clamp(weight.w.at(i), lo, hi)).epsilon(1e-4));
  }
  CHECK(learner.undecided() > 0.5);
}

TEST_CASE("fused and defined learning walk the same way, whatever the variable") {
  const auto weight = some_weight();
  for (const std::string& name : core::Registry<quant::RoundingVariable>::names()) {
    CAPTURE(name);
    const auto variable = quant_test::make<quant::RoundingVariable>(name);
    if (!variable->fused()) continue;
    for (const bool masked : {false, true}) {
      std::vector<Tensor> soft;
      for (const bool fused : {true, false}) {
        // clip_linear lets go by the sum of both gradients, which `walk` takes apart
        const auto recipe = moving(name, fused, variable->has_h() && name != "clip_linear");
        RoundingLearner::Item item{"w", &weight};
        if (masked) item.mask = mask_named("random", weight, {{"share", 0.5}});
        RoundingLearner learner(recipe.learn, {item}, core::Rng(1));
        walk(learner, recipe, weight, 60);
        soft.push_back(soft_of(learner, weight));
      }
      CHECK(support::relative_difference(soft[0], soft[1]) <
            1e-3);  // 60 Adam steps amplify rounding
    }
  }
}

TEST_CASE("every variable lowers the loss from where it starts") {
  const auto weight = some_weight();
  const Tensor target = core::Rng(9).normal(weight.w.shape(), 0, 1);
  for (const std::string& name : core::Registry<quant::RoundingVariable>::names()) {
    CAPTURE(name);
    const auto recipe = moving(name, true, false);
    RoundingLearner learner(recipe.learn, {{"w", &weight}}, core::Rng(1));
    const auto loss = [&] {
      const Tensor hard = quant::dequantise(learner.codes()[0], weight.q, weight.grid);
      return (*recipe.learn.loss)({Variable(hard), target}).value().item();
    };
    const double before = loss();
    walk(learner, recipe, weight, 200);
    CHECK(loss() < 0.9 * before);
  }
}

TEST_CASE("the selection all is no selection, bit for bit") {
  const auto weight = some_weight();
  for (const bool fused : {true, false}) {
    const auto recipe = moving("rect_sigmoid", fused, true);
    RoundingLearner plain(recipe.learn, {{"w", &weight}}, core::Rng(1));
    RoundingLearner all(recipe.learn, {{"w", &weight, mask_named("all", weight, {})}},
                        core::Rng(1));
    walk(plain, recipe, weight, 30);
    walk(all, recipe, weight, 30);
    CHECK(support::same_bits(soft_of(plain, weight), soft_of(all, weight)));
    CHECK(support::same_bits(plain.codes()[0], all.codes()[0]));
    CHECK(plain.undecided() == all.undecided());
  }
}

TEST_CASE("weights that are not selected stay at round to nearest, soft and hard") {
  const auto weight = some_weight();
  const Tensor nearest = quant::fake_quantise(weight.w, weight.q, weight.grid);
  const Tensor codes = quant::quantise_codes(weight.w, weight.q, weight.grid);
  const Tensor mask = mask_named("random", weight, {{"share", 0.3}});
  for (const std::string& name : core::Registry<quant::RoundingVariable>::names()) {
    CAPTURE(name);
    for (const bool fused : {true, false}) {
      const bool has_h = quant_test::make<quant::RoundingVariable>(name)->has_h();
      const auto recipe = moving(name, fused, has_h);
      RoundingLearner learner(recipe.learn, {{"w", &weight, mask}}, core::Rng(1));
      walk(learner, recipe, weight, 120);
      const Tensor soft = soft_of(learner, weight), hard = learner.codes()[0];
      int moved = 0;
      for (int i = 0; i < 120; ++i) {
        if (mask.at(i) == 0) {
          moved += hard.at(i) != codes.at(i);
          continue;
        }
        CHECK(soft.at(i) == nearest.at(i));
        CHECK(hard.at(i) == codes.at(i));
      }
      CHECK(moved > 0);
      CHECK(learner.undecided() <= 0.3);
    }
  }
}

TEST_CASE("weights selected progressively move from their start on") {
  const auto weight = some_weight();
  const Tensor mask = mask_named("progressive", weight, {{"until", 0.5}});
  const Tensor nearest = quant::fake_quantise(weight.w, weight.q, weight.grid);
  const auto recipe = moving("rect_sigmoid", true, true);
  RoundingLearner learner(recipe.learn, {{"w", &weight, mask}}, core::Rng(1));
  walk(learner, recipe, weight, 40, [&](int step) {
    if (step % 10 != 0 || step >= 20) return;
    const Tensor soft = soft_of(learner, weight);
    for (int i = 0; i < 120; ++i) {
      if (mask.at(i) > (step + 1) / 40.0) CHECK(soft.at(i) == nearest.at(i));
    }
  });
  // in the end as free as all: nothing is held at round to nearest
  const Tensor soft = soft_of(learner, weight);
  int off = 0;
  for (int i = 0; i < 120; ++i) off += soft.at(i) != nearest.at(i);
  CHECK(off > 80);
}

TEST_CASE("decided weights stop moving when the regulariser freezes them") {
  const auto weight = some_weight();
  for (const bool fused : {true, false}) {
    const auto recipe = quant_test::recipe({{"learn.iters", 60},
                                            {"learn.fused", fused},
                                            {"learn.optimizer.lr", 0.1},
                                            {"learn.regulariser.freeze", 0.05},
                                            {"learn.regulariser.warm_up", 0.5}});
    RoundingLearner learner(recipe.learn, {{"w", &weight}}, core::Rng(1));
    std::vector<std::optional<double>> decided(120);
    int frozen = 0;
    walk(learner, recipe, weight, 60, [&](int step) {
      const Tensor soft = soft_of(learner, weight);
      for (std::size_t i = 0; i < 120; ++i) {
        if (decided[i]) CHECK(soft.at(static_cast<std::int64_t>(i)) == *decided[i]);
        if (step < 30 || decided[i]) continue;
        const std::int64_t k = static_cast<std::int64_t>(i);
        const double s = weight.q.scale.at(k / 30);
        const double h = soft.at(k) / s - std::floor(weight.w.at(k) / s);
        // inside the range h shows in the soft weight; what is decided now is held at the next step
        if ((h > 0 && h < 0.04) || (h > 0.96 && h < 1)) decided[i] = soft.at(k), ++frozen;
      }
    });
    CHECK(frozen > 5);
  }
}

namespace {

/// Steps that are a quarter wider than those of a weight.
struct Widened final : quant::WeightGridLearner {
  quant::LearnedGrid learned;
  explicit Widened(const quant::QuantisedWeight& weight) {
    learned.scale = Variable(core::affine(weight.q.scale, 1.25, 0.0), true);
  }
  const quant::LearnedGrid& grid(std::size_t) const override { return learned; }
  void bind(quant::QuantPass&, std::int64_t, std::int64_t, std::vector<Variable>& wrt) override {
    wrt.push_back(*learned.scale);
  }
  void update(std::span<const Tensor>, std::int64_t, std::int64_t) override {}
  void observe(double) override {}
  void settle() override {}
  std::vector<Tensor> state() const override { return {}; }
  void restore(std::span<const Tensor>) override {}
};

}  // namespace

TEST_CASE("a learned step takes part: gradients reach it, codes and soft weights stand on it") {
  const auto weight = some_weight();
  for (const std::string& name : core::Registry<quant::RoundingVariable>::names()) {
    CAPTURE(name);
    const auto recipe = moving(name, true, false);
    auto owned = std::make_unique<Widened>(weight);
    const Variable scale = *owned->learned.scale;
    RoundingLearner learner(recipe.learn, {{.parameter = "w", .weight = &weight}}, core::Rng(1),
                            std::move(owned));
    quant::QuantPass pass(core::Precision::f32);
    Probe probe;
    std::vector<Variable> wrt;
    learner.bind(pass, 0, 10, wrt);
    const Variable soft = pass.parameter(probe, {"w", weight.w});
    const Tensor dy = Tensor::full(weight.w.shape(), 1.0);
    const Tensor slope = autograd::gradients(soft, wrt, &dy).front();
    for (int c = 0; c < 4; ++c) CHECK(slope.at(c) != 0);
    CHECK(support::same_bits(learner.grids()[0].scale, scale.value()));
    CHECK(support::same_bits(learner.grids()[0].zero, weight.q.zero));
  }
}

TEST_CASE("a mask of another shape is refused") {
  const auto weight = some_weight();
  const auto recipe = quant_test::recipe({});
  CHECK_THROWS_AS(RoundingLearner(recipe.learn, {{"w", &weight, Tensor::zeros({3})}}, core::Rng(1)),
                  core::ShapeError);
}

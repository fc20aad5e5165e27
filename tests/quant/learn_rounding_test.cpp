#include "quant/learn_rounding.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "autograd/gradients.h"
#include "core/kernels/map.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

namespace {

quant::QuantisedWeight some_weight() {
  const Tensor w = core::Rng(2).normal({4, 30}, 0, 1);
  const quant::Grid grid{.bits = 2};
  return {w, grid, (*quant_test::make<quant::ScaleInit>("l2p4"))(w, grid)};
}

}  // namespace

TEST_CASE(
    "a learner that has not moved decides as round to nearest, and its soft weight is the float "
    "weight or clipped") {
  const auto weight = some_weight();
  const auto recipe = quant_test::recipe({});
  quant::RoundingLearner learner(recipe.learn, {{"w", &weight}});
  CHECK(support::same_bits(learner.codes()[0],
                           quant::quantise_codes(weight.w, weight.q, weight.grid)));
  quant::QuantPass pass(core::Precision::f32);
  learner.place_soft(pass);
  struct Probe final : nn::Module {
    std::string_view type() const override { return "Probe"; }
  } probe;
  const Tensor soft = pass.parameter(probe, {"w", weight.w}).value();
  const quant::QParams& q = weight.q;
  for (int i = 0; i < 120; ++i) {
    const double lo = q.scale.at(i / 30) * (0 - q.zero.at(i / 30)),
                 hi = q.scale.at(i / 30) * (3 - q.zero.at(i / 30));
    CHECK(soft.at(i) == doctest::Approx(std::clamp(weight.w.at(i), lo, hi)).epsilon(1e-4));
  }
  CHECK(learner.undecided() > 0.5);
}

TEST_CASE("fused and defined learning walk the same way") {
  const auto weight = some_weight();
  const Tensor target = core::Rng(9).normal({4, 30}, 0, 1);
  std::vector<Tensor> soft;
  for (const bool fused : {true, false}) {
    const auto recipe = quant_test::recipe({{"learn.iters", 60},
                                            {"learn.fused", fused},
                                            {"learn.optimizer.lr", 0.02},
                                            {"learn.regulariser.lambda", 0.1}});
    quant::RoundingLearner learner(recipe.learn, {{"w", &weight}});
    quant::QuantPass pass(core::Precision::f32);
    struct Probe final : nn::Module {
      std::string_view type() const override { return "Probe"; }
    } probe;
    for (int step = 0; step < 60; ++step) {
      std::vector<Tensor> grads;
      {
        std::vector<Variable> wrt;
        learner.bind(pass, wrt);
        const Variable w = pass.parameter(probe, {"w", weight.w});
        const Variable loss = (*recipe.learn.loss)({w, target});
        const auto penalty = learner.penalty(step, 60);
        grads = autograd::gradients(loss, wrt);
        if (penalty) {
          const auto more = autograd::gradients(*penalty, wrt);
          for (std::size_t i = 0; i < grads.size(); ++i) core::accumulate(grads[i], more[i]);
        }
      }
      learner.update(grads, step, 60);
    }
    learner.place_soft(pass);
    soft.push_back(pass.parameter(probe, {"w", weight.w}).value());
  }
  CHECK(support::relative_difference(soft[0], soft[1]) < 1e-3);  // 60 Adam steps amplify rounding
}

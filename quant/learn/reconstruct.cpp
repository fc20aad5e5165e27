#include "quant/learn/reconstruct.h"

#include <cmath>

#include "autograd/gradients.h"
#include "autograd/ops/add.h"
#include "quant/learn/best_values.h"
#include "quant/learn/patience.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kCurvePoints = 100;
constexpr std::int64_t kReportEvery = 25;

void note(Curve& curve, std::int64_t step, std::int64_t total, double loss) {
  if (step % ((total + kCurvePoints - 1) / kCurvePoints) != 0 && step != total - 1) return;
  curve.step.push_back(step);
  curve.loss.push_back(loss);
}

/// One forward and backward.
struct Outcome {
  double loss = 0;
  bool finite = true;
  std::vector<Tensor> grads = {};
  std::vector<std::size_t> ends = {};  // of the gradients of each learner
};

/// The graph is gone when it returns, so that updates need no copies.
Outcome evaluate(const Objective& objective, std::span<Learner* const> learners, std::int64_t step,
                 const core::Rng& rng) {
  const std::int64_t total = objective.recipe.iters;
  Outcome out;
  std::vector<Variable> wrt;
  for (Learner* learner : learners) {
    learner->bind(objective.pass, step, total, wrt);
    out.ends.push_back(wrt.size());
  }
  Variable sum = objective.at_step(step, rng);
  out.loss = sum.value().item();
  for (Learner* learner : learners) {
    if (const auto penalty = learner->penalty(step, total)) sum = autograd::add(sum, *penalty);
  }
  out.finite = std::isfinite(sum.value().item());
  if (out.finite) out.grads = autograd::gradients(sum, wrt);
  return out;
}

void update(std::span<Learner* const> learners, const Outcome& outcome, std::int64_t step,
            std::int64_t total) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < learners.size(); begin = outcome.ends[i++]) {
    learners[i]->update(std::span(outcome.grads).subspan(begin, outcome.ends[i] - begin), step,
                        total);
    learners[i]->observe(outcome.loss);
  }
}

}  // namespace

LoopResult reconstruct(const Objective& objective, std::span<Learner* const> learners,
                       const core::Rng& rng, core::Monitor& monitor) {
  const LearnRecipe& recipe = objective.recipe;
  const std::string& path = objective.unit.path;
  LoopResult result;
  BestValues best(objective, learners);
  Patience patience(recipe.patience);
  for (std::int64_t step = 0; step < recipe.iters; ++step) {
    if (monitor.stop_requested())
      throw core::Interrupted(fmt::format("stopped in unit {}, step {}", path, step));
    best.before(step);
    const Outcome outcome = evaluate(objective, learners, step, rng);
    note(result.curve, step, recipe.iters, outcome.loss);
    if (!outcome.finite) {
      result.diverged_at = step;
      return result;
    }
    best.batch(outcome.loss);
    update(learners, outcome, step, recipe.iters);
    result.steps = step + 1;
    if (result.steps % kReportEvery == 0 || result.steps == recipe.iters)
      monitor.report(path, result.steps, recipe.iters, outcome.loss);
    if (patience.is_over(step, learners)) break;
  }
  best.finish();
  return result;
}

}  // namespace quant

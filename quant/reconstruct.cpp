#include "quant/reconstruct.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autograd/gradients.h"
#include "autograd/ops/add.h"
#include "core/kernels/move.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kCurvePoints = 100;
constexpr std::int64_t kReportEvery = 25;

bool on_curve(std::int64_t step, std::int64_t total) {
  return step % ((total + kCurvePoints - 1) / kCurvePoints) == 0 || step == total - 1;
}

struct Evaluated {
  double loss = 0;
  bool finite = true;
  std::vector<Tensor> grads = {};
};

/// One forward and backward; the graph is gone when it returns, so that updates need no copies.
Evaluated evaluate(const Unit& unit, const Tensor& x, const Tensor& target,
                   const LearnRecipe& recipe, std::span<Learner* const> learners,
                   std::span<const Variable> wrt, QuantPass& pass, std::int64_t step) {
  Variable objective = (*recipe.loss)({unit.run(Variable(x), pass), target});
  Evaluated out{.loss = objective.value().item()};
  for (Learner* learner : learners) {
    if (const auto penalty = learner->penalty(step, recipe.iters))
      objective = autograd::add(objective, *penalty);
  }
  out.finite = std::isfinite(objective.value().item());
  if (out.finite) out.grads = autograd::gradients(objective, wrt);
  return out;
}

}  // namespace

std::vector<std::int64_t> batch_index(const core::Rng& rng, std::int64_t step, std::int64_t rows,
                                      std::int64_t batch, bool replacement) {
  core::Rng draw = rng.stream(static_cast<std::uint64_t>(step));
  std::vector<std::int64_t> index;
  if (replacement) {
    for (std::int64_t i = 0; i < batch; ++i) index.push_back(draw.below(rows));
    return index;
  }
  if (batch >= rows) {
    index.resize(static_cast<std::size_t>(rows));
    std::iota(index.begin(), index.end(), std::int64_t{0});
    return index;
  }
  // Floyd's way to a uniform subset: no state of the size of the data
  for (std::int64_t j = rows - batch; j < rows; ++j) {
    const std::int64_t candidate = draw.below(j + 1);
    const bool taken = std::find(index.begin(), index.end(), candidate) != index.end();
    index.push_back(taken ? j : candidate);
  }
  return index;
}

LoopResult reconstruct(const Unit& unit, const StageData& data, const LearnRecipe& recipe,
                       std::span<Learner* const> learners, QuantPass& pass, const core::Rng& rng,
                       core::Monitor& monitor) {
  const Tensor& inputs = data.input(recipe.quantised_input);
  LoopResult result;
  for (std::int64_t step = 0; step < recipe.iters; ++step) {
    if (monitor.stop_requested())
      throw core::Interrupted(fmt::format("stopped in unit {}, step {}", unit.path, step));
    const auto index = batch_index(rng, step, inputs.shape()[0], recipe.batch, recipe.replacement);
    const Tensor x = core::gather_rows(inputs, index),
                 target = core::gather_rows(data.y_float, index);
    std::vector<Variable> wrt;
    std::vector<std::size_t> first;  // where the gradients of each learner begin
    for (Learner* learner : learners) {
      first.push_back(wrt.size());
      learner->bind(pass, wrt);
    }
    first.push_back(wrt.size());
    const Evaluated now = evaluate(unit, x, target, recipe, learners, wrt, pass, step);
    if (on_curve(step, recipe.iters)) {
      result.curve.step.push_back(step);
      result.curve.loss.push_back(now.loss);
    }
    if (!now.finite) {
      result.diverged_at = step;
      return result;
    }
    wrt.clear();
    const std::span<const Tensor> grads(now.grads);
    for (std::size_t i = 0; i < learners.size(); ++i) {
      learners[i]->update(grads.subspan(first[i], first[i + 1] - first[i]), step, recipe.iters);
    }
    if ((step + 1) % kReportEvery == 0 || step + 1 == recipe.iters)
      monitor.report(unit.path, step + 1, recipe.iters, now.loss);
  }
  return result;
}

double unit_loss(const Unit& unit, const StageData& data, const LearnRecipe& recipe, nn::Pass& pass,
                 std::int64_t rows) {
  const Tensor& inputs = data.input(recipe.quantised_input);
  const std::int64_t count = std::min(rows, inputs.shape()[0]);
  const Tensor prediction = run_rows(unit.run, inputs.rows(0, count), pass);
  return (*recipe.loss)({Variable(prediction), data.y_float.rows(0, count)}).value().item();
}

}  // namespace quant

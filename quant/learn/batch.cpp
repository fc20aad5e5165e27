#include "quant/learn/batch.h"

#include <algorithm>
#include <numeric>

#include "core/kernels/move.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

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

namespace {

/// Both inputs go through the same disturbance.
void disturb(const Augment& augment, const core::Rng& rng, std::span<Tensor* const> inputs) {
  for (Tensor* x : inputs) {
    if (x->numel() == 0) continue;
    const Tensor wide = x->to(core::arithmetic_type(x->dtype()));
    *x = augment(wide, rng).to(x->dtype());
  }
}

/// The two inputs are needed by themselves.
bool needs_both(const LearnRecipe& recipe) {
  const LossNeeds needs = recipe.loss->needs();
  return recipe.augment->active() || recipe.recomputes_target() || needs.logits || needs.layers;
}

}  // namespace

Batch draw_batch(const Unit& unit, const UnitData& data, const LearnRecipe& recipe,
                 const StepOf& step, nn::Pass& float_pass) {
  const auto index =
      batch_index(step.rng, step.number, data.input().shape()[0], recipe.batch, recipe.replacement);
  const double progress = static_cast<double>(step.number) / static_cast<double>(recipe.iters);
  const core::Rng input_rng = step.stream("input");
  Batch batch{.sensitivity = rows_at(data.sensitivity, index),
              .float_logits = rows_at(data.float_logits, index),
              .labels = rows_at(data.labels, index)};
  if (!needs_both(recipe)) {
    batch.target = core::gather_rows(data.y_float, index);
    batch.x = recipe.input->batch_of(data.x_quant, data.x_float, index, progress, input_rng);
    return batch;
  }
  Tensor x_quant = rows_at(data.x_quant, index), x_float = rows_at(data.x_float, index);
  if (recipe.augment->active()) {
    Tensor* const both[] = {&x_quant, &x_float};
    disturb(*recipe.augment, step.stream("augment"), both);
  }
  if (recipe.recomputes_target()) {
    const Tensor& of = recipe.input->target_of_quantised() ? x_quant : x_float;
    batch.target = unit.run(Variable(of), float_pass).value();
  } else {
    batch.target = core::gather_rows(data.y_float, index);
  }
  batch.unmixed = x_quant.numel() > 0 ? x_quant : x_float;
  batch.x = recipe.input->batch(x_quant, x_float, progress, input_rng);
  return batch;
}

Batch stored_rows(const UnitData& data, std::int64_t begin, std::int64_t count) {
  const auto part = [&](const Tensor& x) { return x.numel() > 0 ? x.rows(begin, count) : x; };
  return {.x = part(data.input()),
          .target = part(data.y_float),
          .sensitivity = part(data.sensitivity),
          .float_logits = part(data.float_logits),
          .labels = part(data.labels),
          .unmixed = part(data.input())};
}

}  // namespace quant

#include "quant/learn/objective.h"

#include <algorithm>

#include "autograd/gradients.h"
#include "quant/pass/layer_outputs.h"
#include "quant/pass/run_rows.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

LossInputs inputs_of(Variable prediction, const Batch& batch) {
  LossInputs in{std::move(prediction), batch.target, batch.sensitivity, std::nullopt,
                batch.float_logits};
  in.labels = batch.labels;
  return in;
}

/// Everything but the logits of the quantised network.
LossInputs run_unit(const Objective& of, const Batch& batch, nn::Pass& float_pass) {
  const Unit& unit = of.unit;
  if (!of.recipe.loss->needs().layers)
    return inputs_of(unit.run(Variable(batch.x), of.pass), batch);
  LayerOutputsPass student(of.pass), teacher(float_pass);
  LossInputs in = inputs_of(unit.run(Variable(batch.x), student), batch);
  unit.run(Variable(batch.unmixed), teacher);
  in.layers = std::move(student.outputs);
  for (const Variable& y : teacher.outputs) in.float_layers.push_back(y.value());
  in.layer_weights = of.data.layer_weights;
  if (in.layer_weights.empty()) in.layer_weights.assign(in.layers.size(), 1.0);
  return in;
}

/// Adds the logits that go on from `y`.
LossInputs with_logits(LossInputs in, const Variable& y, const Objective& of,
                       nn::Pass& float_pass) {
  if (of.recipe.loss->needs().logits) in.logits = of.data.rest ? of.data.rest(y, float_pass) : y;
  return in;
}

/// The output of the unit that the logits go on from.
Variable logits_from(const Objective& of, const Batch& batch, const Variable& prediction,
                     const core::Rng& rng) {
  const LogitsOf from = of.recipe.loss->needs().logits_of;
  const bool same_input = batch.x.raw() == batch.unmixed.raw();
  if (from == LogitsOf::prediction || (same_input && of.recipe.keep == 1)) return prediction;
  of.pass.keep_quantised(from == LogitsOf::unmixed ? 1 : of.recipe.keep, rng);
  return of.unit.run(Variable(batch.unmixed), of.pass);
}

}  // namespace

Variable Objective::at_step(std::int64_t number, const core::Rng& rng) const {
  if (data.moments) return gram_loss(*data.moments, pass);
  const StepOf step{number, rng};
  nn::EvalPass float_pass(pass.precision());
  const Batch batch = draw_batch(unit, data, recipe, step, float_pass);
  if (recipe.gradual) pass.fade_in(static_cast<double>(number) / static_cast<double>(recipe.iters));
  pass.keep_quantised(recipe.keep, step.stream("keep"));
  LossInputs in = run_unit(*this, batch, float_pass);
  if (recipe.loss->needs().logits) {
    const Variable y = logits_from(*this, batch, in.prediction, step.stream("keep unmixed"));
    in = with_logits(std::move(in), y, *this, float_pass);
  }
  pass.keep_quantised(1, rng);
  pass.fade_in(1);
  return (*recipe.loss)(in);
}

double Objective::loss(std::int64_t rows) const {
  nn::EvalPass float_pass(pass.precision());
  const std::int64_t count = std::min(rows, data.input().shape()[0]);
  if (recipe.loss->needs().layers) {  // the layers of all rows at once would be too much
    double sum = 0;
    for (std::int64_t begin = 0; begin < count; begin += kPiece) {
      const std::int64_t piece = std::min(kPiece, count - begin);
      const LossInputs in = run_unit(*this, stored_rows(data, begin, piece), float_pass);
      sum += static_cast<double>(piece) * (*recipe.loss)(in).value().item();
    }
    return sum / static_cast<double>(count);
  }
  const Batch batch = stored_rows(data, 0, count);
  const Variable prediction(run_rows(unit.run, batch.x, pass));
  return (*recipe.loss)(with_logits(inputs_of(prediction, batch), prediction, *this, float_pass))
      .value()
      .item();
}

std::vector<Tensor> Objective::gradients(std::int64_t rows, std::span<const Variable> wrt) const {
  const Batch batch = stored_rows(data, 0, std::min(rows, data.input().shape()[0]));
  nn::EvalPass float_pass(pass.precision());
  LossInputs in = run_unit(*this, batch, float_pass);
  const Variable y = in.prediction;
  return autograd::gradients((*recipe.loss)(with_logits(std::move(in), y, *this, float_pass)), wrt);
}

}  // namespace quant

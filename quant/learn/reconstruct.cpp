#include "quant/learn/reconstruct.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autograd/gradients.h"
#include "autograd/ops/add.h"
#include "core/kernels/move.h"
#include "quant/learn/best_values.h"
#include "quant/pass/layer_outputs.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kCurvePoints = 100;
constexpr std::int64_t kReportEvery = 25;
constexpr std::int64_t kLookEvery = 25;  // steps between two looks at the codes

bool on_curve(std::int64_t step, std::int64_t total) {
  return step % ((total + kCurvePoints - 1) / kCurvePoints) == 0 || step == total - 1;
}

struct Evaluated {
  double loss = 0;
  bool finite = true;
  std::vector<Tensor> grads = {};
};

/// The rows of one step.  `unmixed`: the input from the quantised network alone, where it is held;
/// only for losses that look at it.
struct Batch {
  Tensor x, target, sensitivity, float_logits, labels, unmixed;
};

LossInputs inputs_of(Variable prediction, const Batch& batch) {
  LossInputs in{std::move(prediction), batch.target, batch.sensitivity, std::nullopt,
                batch.float_logits};
  in.labels = batch.labels;
  return in;
}

/// Everything but the logits of the quantised network.
LossInputs run_unit(const Unit& unit, const UnitData& data, const Batch& batch,
                    const LossNeeds& needs, nn::Pass& pass, nn::Pass& float_pass) {
  if (!needs.layers) return inputs_of(unit.run(Variable(batch.x), pass), batch);
  LayerOutputsPass student(pass), teacher(float_pass);
  LossInputs in = inputs_of(unit.run(Variable(batch.x), student), batch);
  unit.run(Variable(batch.unmixed), teacher);
  in.layers = std::move(student.outputs);
  for (const Variable& y : teacher.outputs) in.float_layers.push_back(y.value());
  in.layer_weights = data.layer_weights;
  if (in.layer_weights.empty()) in.layer_weights.assign(in.layers.size(), 1.0);
  return in;
}

/// Adds the logits that go on from `y`.
LossInputs with_logits(LossInputs in, const Variable& y, const Run& rest, const LossNeeds& needs,
                       nn::Pass& float_pass) {
  if (needs.logits) in.logits = rest ? rest(y, float_pass) : y;
  return in;
}

/// Draws the batch of a step: rows, the mix of the two inputs, disturbance, and the target.
Batch draw_batch(const Unit& unit, const UnitData& data, const LearnRecipe& recipe,
                 nn::Pass& float_pass, const core::Rng& rng, std::int64_t step) {
  const std::int64_t rows = data.input().shape()[0];
  const auto index = batch_index(rng, step, rows, recipe.batch, recipe.replacement);
  const auto number = static_cast<std::uint64_t>(step);
  const double progress = static_cast<double>(step) / static_cast<double>(recipe.iters);
  const core::Rng input_rng = rng.stream("input").stream(number);
  Batch batch{{},
              {},
              rows_at(data.sensitivity, index),
              rows_at(data.float_logits, index),
              rows_at(data.labels, index),
              {}};
  const LossNeeds needs = recipe.loss->needs();
  const bool needs_both =  // the two inputs by themselves
      recipe.augment->active() || recipe.recomputes_target() || needs.logits || needs.layers;
  if (!needs_both) {
    batch.target = core::gather_rows(data.y_float, index);
    batch.x = recipe.input->batch_of(data.x_quant, data.x_float, index, progress, input_rng);
    return batch;
  }
  Tensor x_quant = rows_at(data.x_quant, index), x_float = rows_at(data.x_float, index);
  if (recipe.augment->active()) {
    const core::Rng draw = rng.stream("augment").stream(number);
    for (Tensor* x : {&x_quant, &x_float}) {
      if (x->numel() == 0) continue;
      const Tensor wide = x->to(core::arithmetic_type(x->dtype()));
      *x = (*recipe.augment)(wide, draw).to(x->dtype());
    }
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

/// The output of the unit that the logits go on from.
Variable logits_from(const Unit& unit, const Batch& batch, const LearnRecipe& recipe,
                     const Variable& prediction, QuantPass& pass, const core::Rng& rng) {
  const LogitsOf of = recipe.loss->needs().logits_of;
  const bool same_input = batch.x.raw() == batch.unmixed.raw();
  if (of == LogitsOf::prediction || (same_input && recipe.keep == 1)) return prediction;
  pass.keep_quantised(of == LogitsOf::unmixed ? 1 : recipe.keep, rng);
  return unit.run(Variable(batch.unmixed), pass);
}

/// The reconstruction loss of a step.
Variable loss_of(const Unit& unit, const UnitData& data, const Batch& batch,
                 const LearnRecipe& recipe, QuantPass& pass, nn::Pass& float_pass,
                 const core::Rng& rng, std::int64_t step) {
  if (data.moments) return gram_loss(*data.moments, pass);
  const LossNeeds needs = recipe.loss->needs();
  const auto number = static_cast<std::uint64_t>(step);
  if (recipe.gradual) pass.fade_in(static_cast<double>(step) / static_cast<double>(recipe.iters));
  pass.keep_quantised(recipe.keep, rng.stream("keep").stream(number));
  LossInputs in = run_unit(unit, data, batch, needs, pass, float_pass);
  if (needs.logits) {
    const Variable y = logits_from(unit, batch, recipe, in.prediction, pass,
                                   rng.stream("keep unmixed").stream(number));
    in = with_logits(std::move(in), y, data.rest, needs, float_pass);
  }
  pass.keep_quantised(1, rng);
  pass.fade_in(1);
  return (*recipe.loss)(in);
}

/// One forward and backward; the graph is gone when it returns, so that updates need no copies.
Evaluated evaluate(const Unit& unit, const UnitData& data, const Batch& batch,
                   const LearnRecipe& recipe, std::span<Learner* const> learners,
                   std::span<const Variable> wrt, QuantPass& pass, nn::Pass& float_pass,
                   const core::Rng& rng, std::int64_t step) {
  Variable objective = loss_of(unit, data, batch, recipe, pass, float_pass, rng, step);
  Evaluated out{.loss = objective.value().item()};
  for (Learner* learner : learners) {
    if (const auto penalty = learner->penalty(step, recipe.iters))
      objective = autograd::add(objective, *penalty);
  }
  out.finite = std::isfinite(objective.value().item());
  if (out.finite) out.grads = autograd::gradients(objective, wrt);
  return out;
}

/// Counts the steps since a code of the learners was last seen to change.
class Patience {
 public:
  explicit Patience(std::int64_t steps) : steps_(steps) {}

  /// After step `step`.
  bool is_over(std::int64_t step, std::span<Learner* const> learners) {
    if (steps_ == 0 || step % kLookEvery != 0) return false;
    std::vector<Tensor> now;
    for (const Learner* learner : learners) {
      for (Tensor& codes : learner->codes()) now.push_back(std::move(codes));
    }
    if (!same(now)) changed_at_ = step;
    codes_ = std::move(now);
    return step - changed_at_ >= steps_;
  }

 private:
  bool same(const std::vector<Tensor>& now) const {
    const auto equal = [](const Tensor& a, const Tensor& b) {
      return std::ranges::equal(a.data<std::int32_t>(), b.data<std::int32_t>());
    };
    return std::ranges::equal(codes_, now, equal);
  }

  std::int64_t steps_, changed_at_ = 0;
  std::vector<Tensor> codes_;
};

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

LoopResult reconstruct(const Unit& unit, const UnitData& data, const LearnRecipe& recipe,
                       std::span<Learner* const> learners, QuantPass& pass, const core::Rng& rng,
                       core::Monitor& monitor) {
  nn::EvalPass float_pass(pass.precision());
  LoopResult result;
  BestValues best(unit, data, recipe, learners, pass);
  Patience patience(recipe.patience);
  for (std::int64_t step = 0; step < recipe.iters; ++step) {
    if (monitor.stop_requested())
      throw core::Interrupted(fmt::format("stopped in unit {}, step {}", unit.path, step));
    best.before(step);
    const Batch batch =
        data.moments ? Batch{} : draw_batch(unit, data, recipe, float_pass, rng, step);
    std::vector<Variable> wrt;
    std::vector<std::size_t> first;  // where the gradients of each learner begin
    for (Learner* learner : learners) {
      first.push_back(wrt.size());
      learner->bind(pass, step, recipe.iters, wrt);
    }
    first.push_back(wrt.size());
    const Evaluated now =
        evaluate(unit, data, batch, recipe, learners, wrt, pass, float_pass, rng, step);
    if (on_curve(step, recipe.iters)) {
      result.curve.step.push_back(step);
      result.curve.loss.push_back(now.loss);
    }
    if (!now.finite) {
      result.diverged_at = step;
      return result;
    }
    best.batch(now.loss);
    wrt.clear();
    const std::span<const Tensor> grads(now.grads);
    for (std::size_t i = 0; i < learners.size(); ++i) {
      learners[i]->update(grads.subspan(first[i], first[i + 1] - first[i]), step, recipe.iters);
      learners[i]->observe(now.loss);
    }
    result.steps = step + 1;
    if ((step + 1) % kReportEvery == 0 || step + 1 == recipe.iters)
      monitor.report(unit.path, step + 1, recipe.iters, now.loss);
    if (patience.is_over(step, learners)) break;
  }
  best.finish();
  return result;
}

namespace {

/// The stored targets of some rows.
Batch rows_of(const UnitData& data, std::int64_t begin, std::int64_t count) {
  const auto part = [&](const Tensor& x) { return x.numel() > 0 ? x.rows(begin, count) : x; };
  return {part(data.input()),      part(data.y_float), part(data.sensitivity),
          part(data.float_logits), part(data.labels),  part(data.input())};
}

}  // namespace

double unit_loss(const Unit& unit, const UnitData& data, const LearnRecipe& recipe, nn::Pass& pass,
                 std::int64_t rows) {
  nn::EvalPass float_pass(pass.precision());
  const LossNeeds needs = recipe.loss->needs();
  const std::int64_t count = std::min(rows, data.input().shape()[0]);
  if (needs.layers) {  // the layers of all rows at once would be too much: the mean over pieces
    double sum = 0;
    for (std::int64_t begin = 0; begin < count; begin += kPiece) {
      const std::int64_t piece = std::min(kPiece, count - begin);
      const Batch batch = rows_of(data, begin, piece);
      sum += static_cast<double>(piece) *
             (*recipe.loss)(run_unit(unit, data, batch, needs, pass, float_pass)).value().item();
    }
    return sum / static_cast<double>(count);
  }
  const Batch batch = rows_of(data, 0, count);
  const Variable prediction(run_rows(unit.run, batch.x, pass));
  return (*recipe.loss)(
             with_logits(inputs_of(prediction, batch), prediction, data.rest, needs, float_pass))
      .value()
      .item();
}

std::vector<Tensor> loss_gradients(const Unit& unit, const UnitData& data,
                                   const LearnRecipe& recipe, nn::Pass& pass, std::int64_t rows,
                                   std::span<const Variable> wrt) {
  const Batch batch = rows_of(data, 0, std::min(rows, data.input().shape()[0]));
  nn::EvalPass float_pass(pass.precision());
  const LossNeeds needs = recipe.loss->needs();
  const LossInputs in = run_unit(unit, data, batch, needs, pass, float_pass);
  const Variable loss =
      (*recipe.loss)(with_logits(in, in.prediction, data.rest, needs, float_pass));
  return autograd::gradients(loss, wrt);
}

}  // namespace quant

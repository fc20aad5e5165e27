#include "quant/pipeline/unit_report.h"

#include "quant/grid/codes.h"

namespace quant {

using core::Tensor;

namespace {

double elements_of(const Quantised& out, const Unit& unit) {
  double elements = 0;
  for (const std::string& parameter : unit.weights)
    elements += static_cast<double>(out.weights.at(parameter).original.w.numel());
  return elements;
}

double differences(const Tensor& a, const Tensor& b) {
  const auto x = a.data<std::int32_t>(), y = b.data<std::int32_t>();
  std::int64_t different = 0;
  for (std::size_t i = 0; i < x.size(); ++i) different += x[i] != y[i];
  return static_cast<double>(different);
}

}  // namespace

UnitLog open_log(const Objective& objective, const char* phase) {
  UnitLog log{.path = objective.unit.path, .phase = phase};
  const UnitData& data = objective.data;
  for (const Tensor* held : {&data.x_quant, &data.x_float, &data.y_float, &data.sensitivity})
    log.cached_bytes += static_cast<std::int64_t>(held->byte_size());
  log.loss_rtn = log.loss_soft = log.loss_hard = objective.loss(kLogRows);
  return log;
}

double clipped_share(const Quantised& out, const Unit& unit) {
  double clipped = 0;
  for (const std::string& parameter : unit.weights) {
    const QuantisedWeight& weight = out.weights.at(parameter).original;
    clipped +=
        clipped_share(weight.w, weight.q, weight.grid) * static_cast<double>(weight.w.numel());
  }
  return clipped / elements_of(out, unit);
}

double flipped_share(const Quantised& out, const Unit& unit, const std::vector<Tensor>& now) {
  double flips = 0;
  for (std::size_t i = 0; i < now.size(); ++i)
    flips += differences(out.weights.at(unit.weights[i]).codes, now[i]);
  return flips / elements_of(out, unit);
}

void note_roundings(UnitLog& log, const Quantised& out, const Objective& objective,
                    RoundingLearner& learner) {
  learner.place_soft(objective.pass);
  log.loss_soft = objective.loss(kLogRows);
  log.undecided = learner.undecided();
  learner.place(objective.pass);
  log.loss_hard = objective.loss(kLogRows);
  log.flips = flipped_share(out, objective.unit, learner.codes());
}

bool rolls_back(const UnitLog& log, const LearnRecipe& recipe) {
  return recipe.snapshot == Snapshot::rollback && !(log.loss_hard <= log.loss_rtn);
}

void note_rollback(UnitLog& log) {
  log.rolled_back = true;
  log.loss_hard = log.loss_rtn;
  log.flips = 0;
}

bool note_loop(UnitLog& log, LoopResult loop, Quantised& out) {
  log.iterations = loop.steps;
  log.curve = std::move(loop.curve);
  if (!loop.diverged_at) return true;
  out.status =
      fmt::format("diverged: unit {}, step {} ({})", log.path, *loop.diverged_at, log.phase);
  return false;
}

}  // namespace quant

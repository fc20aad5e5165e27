#include "quant/walk/walk.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/kernels/move.h"
#include "nn/layers/layer_norm.h"
#include "quant/learn/objective.h"
#include "quant/loss/sensitivity.h"
#include "quant/moments/second_moments.h"
#include "quant/pass/layer_outputs.h"
#include "quant/pass/run_rows.h"
#include "quant/walk/correct_input.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

Walk::Walk(nn::Model& model, const QuantiserMap& map, QuantPass& pass, const WalkAids& aids)
    : map_(map),
      pass_(pass),
      float_pass_(pass.precision()),
      aids_(aids),
      stages_(model.stages()),
      unfolded_(aids.unfolded ? aids.unfolded->stages() : std::vector<nn::Stage>()) {}

void Walk::arrive(const WalkPlan& plan, const std::string& path, std::size_t stage) const {
  if (!aids_.monitor) return;
  if (aids_.monitor->stop_requested())
    throw core::Interrupted(fmt::format("stopped before unit {}", path));
  if (plan.reports)
    aids_.monitor->report(path, static_cast<std::int64_t>(stage),
                          static_cast<std::int64_t>(stages_.size()),
                          std::numeric_limits<double>::quiet_NaN());
}

Walk::Feed Walk::start(const WalkPlan& plan, const Tensor& images) const {
  const bool wants_float = plan.keep_float || !plan.keep_quantised || !plan.target_of_quantised ||
                           plan.correct || plan.needs.weight_draws > 0;
  return {wants_float ? images : Tensor(), plan.keep_quantised ? images : Tensor()};
}

void Walk::along(const WalkPlan& plan, const Tensor& images, const Visit& visit) {
  const bool layers = plan.granularity == Granularity::layer;
  if (plan.needs.rest()) {
    float_logits_ = run_rows(run_of(stages_, 0, stages_.size()), images, float_pass_);
  }
  std::vector<Section> sections =
      sections_of(stages_, layers ? Granularity::block : plan.granularity);
  if (plan.reverse) std::reverse(sections.begin(), sections.end());
  Feed feed = start(plan, images);
  for (const Section& section : sections) {
    if (section.begin < std::max(feed.float_at, feed.quant_at)) feed = start(plan, images);
    advance(feed, section.begin);
    if (layers) {
      if (!visit_layers(plan, section, feed, visit)) return;
      continue;
    }
    arrive(plan, section.path, section.begin);
    UnitData data = data_of(plan, section, feed);
    if (!visit(section.begin, unit_of(section), data)) return;
    if (plan.feeds_target() && !plan.reverse) {
      feed.x_float = std::move(data.y_float);
      feed.float_at = section.end;
    }
  }
}

void Walk::advance(Feed& feed, std::size_t to) {
  const auto move = [&](Tensor& x, std::size_t& at, nn::Pass& pass) {
    if (x.numel() > 0 && at < to)
      x = run_rows_over(run_of(stages_, at, to), std::move(x), pass, aids_.scratch);
    at = to;
  };
  move(feed.x_quant, feed.quant_at, pass_);
  move(feed.x_float, feed.float_at, float_pass_);
}

UnitData Walk::data_of(const WalkPlan& plan, const Section& section, Feed& feed) {
  const LossNeeds& needs = plan.needs;
  const bool keeps_float = plan.keep_float || feed.x_quant.numel() == 0;
  UnitData data{feed.x_quant, keeps_float ? feed.x_float : Tensor(), Tensor()};
  if (needs.weight_draws > 0) {
    data.layer_weights = hessian_weights(
        section.run, feed.x_float, {.draws = needs.weight_draws, .samples = needs.weight_samples},
        float_pass_, aids_.rng);
  }
  // the stem sees images and the head has no batch normalisation: PD-Quant corrects blocks only
  if (plan.correct && section.begin > 0 && !unfolded_.empty()) {
    correct(plan, section, feed.x_float, data);
  } else if (plan.target_of_quantised) {
    data.y_float = run_rows(section.run, feed.x_quant, float_pass_, aids_.scratch);
  } else {
    const bool last = plan.feeds_target();  // the target takes the place of the input
    Tensor x = last ? std::exchange(feed.x_float, Tensor()) : feed.x_float;
    data.y_float = run_rows_over(section.run, std::move(x), float_pass_, aids_.scratch);
  }
  if (needs.rest()) {
    data.float_logits = float_logits_;
    if (section.end < stages_.size()) data.rest = run_of(stages_, section.end, stages_.size());
  }
  if (needs.labels) data.labels = aids_.labels;
  if (needs.sensitivity) data.sensitivity = sensitivity_of(needs, data);
  return data;
}

void Walk::correct(const WalkPlan& plan, const Section& section, const Tensor& x_float,
                   UnitData& data) {
  const Tensor x =
      correct_input(run_of(unfolded_, section.begin, section.end), x_float.to(core::DType::f32),
                    *plan.correct, aids_.monitor, aids_.scratch)
          .to(x_float.dtype());
  if (plan.keep_float || data.x_quant.numel() == 0) data.x_float = x;
  data.y_float = run_rows(section.run, x, float_pass_, aids_.scratch);
}

Tensor Walk::sensitivity_of(const LossNeeds& needs, const UnitData& data) {
  const Tail tail = [&](const Variable& y) { return data.rest ? data.rest(y, float_pass_) : y; };
  Tensor out = aids_.scratch.make(data.y_float.shape(), data.y_float.dtype());
  const std::int64_t rows = data.y_float.shape()[0];
  for (std::int64_t begin = 0; begin < rows; begin += kPiece) {
    const std::int64_t count = std::min(kPiece, rows - begin);
    out.write_rows(begin, task_sensitivity(needs, tail, data.y_float.rows(begin, count),
                                           data.float_logits.rows(begin, count)));
  }
  return out;
}

bool Walk::visit_layers(const WalkPlan& plan, const Section& section, Feed& feed,
                        const Visit& visit) {
  const nn::Stage& stage = stages_[section.begin];
  const core::Scratch& scratch = aids_.scratch;
  std::vector<std::string> paths;
  for (const nn::LayerUnit& layer : stage.layers) paths.push_back(layer.path);
  const bool keeps_float = plan.keep_float || feed.x_quant.numel() == 0;
  const bool next = plan.feeds_target() && !plan.reverse;
  CapturedRows floats;
  floats.inputs.resize(paths.size());
  if (feed.x_float.numel() > 0) {
    floats = capture_rows(stage.run, feed.x_float, float_pass_, {paths, next}, scratch);
    if (plan.feeds_target()) {  // a walk back starts again from the images
      feed.x_float = std::move(floats.y);
      feed.float_at = section.end;
    }
  }
  for (std::size_t k = 0; k < stage.layers.size(); ++k) {
    const std::size_t i = plan.reverse ? stage.layers.size() - 1 - k : k;
    const Unit unit = unit_of(stage.layers[i]);
    arrive(plan, unit.path, section.begin);
    Tensor x_float = std::exchange(floats.inputs[i], Tensor());
    UnitData data{Tensor(), keeps_float ? x_float : Tensor(), Tensor()};
    if (feed.x_quant.numel() > 0) {
      data.x_quant =
          capture_rows(stage.run, feed.x_quant, pass_, {{paths[i]}, false}, scratch).inputs[0];
    }
    const Tensor& of = plan.target_of_quantised ? data.x_quant : x_float;
    const auto& layer = dynamic_cast<const nn::Weighted&>(*stage.layers[i].module);
    if (plan.moments != WalkPlan::Moments::none) {
      data.moments = plan.moments == WalkPlan::Moments::inputs
                         ? GramMoments{.layer = &layer, .a = second_moments(layer, data.input())}
                         : gram_moments(layer, data.input(), of, pass_.precision());
      // the steps read no targets, the log those of its rows
      const Tensor logged = of.rows(0, std::min(kLogRows, of.shape()[0]));
      data.y_float = run_rows(unit.run, logged, float_pass_, scratch);
    } else if (plan.target_of_quantised) {
      data.y_float = run_rows(unit.run, of, float_pass_, scratch);
    } else {
      data.y_float = run_rows_over(unit.run, std::move(x_float), float_pass_, scratch);
    }
    if (!visit(section.begin, unit, data)) return false;
  }
  return true;
}

void Walk::add_layer(Unit& unit, nn::Module* module) const {
  for (const WeightSite& site : map_.weights) {
    if (site.module == module && !site.grid.off()) unit.weights.push_back(site.parameter);
  }
  const auto* weighted = dynamic_cast<const nn::Weighted*>(module);
  if (weighted && weighted->bias)
    unit.biases.push_back({weighted->bias->path, weighted->bias->value});
}

Unit Walk::unit_of(const nn::LayerUnit& layer) const {
  Unit unit{layer.path, layer.run};
  add_layer(unit, layer.module);
  return unit;
}

Unit Walk::unit_of(const Section& section) const {
  Unit unit{section.path, section.run};
  for (std::size_t s = section.begin; s < section.end; ++s) {
    for (const nn::LayerUnit& layer : stages_[s].layers) add_layer(unit, layer.module);
    for (nn::Module* module : nn::modules(*stages_[s].module)) {
      if (const auto* norm = dynamic_cast<const nn::LayerNorm*>(module)) {
        unit.norms.push_back({norm->weight.path, norm->weight.value});
        unit.norms.push_back({norm->bias.path, norm->bias.value});
      }
    }
  }
  return unit;
}

}  // namespace quant

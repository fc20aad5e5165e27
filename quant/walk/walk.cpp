#include "quant/walk/walk.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/kernels/move.h"
#include "nn/layers/layer_norm.h"
#include "quant/loss/sensitivity.h"
#include "quant/moments/second_moments.h"
#include "quant/network/granularity.h"
#include "quant/pass/layer_outputs.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

bool corrects(const LearnRecipe& learn) { return learn.correct.on && learn.iters > 0; }

}  // namespace

Walk::Walk(nn::Model& model, const QuantiserMap& map, QuantPass& pass, const WalkAids& aids)
    : map_(map),
      pass_(pass),
      float_pass_(pass.precision()),
      aids_(aids),
      stages_(model.stages()),
      unfolded_(aids.unfolded ? aids.unfolded->stages() : std::vector<nn::Stage>()) {}

void Walk::arrive(const LearnRecipe& learn, const std::string& path, std::size_t stage) const {
  if (!aids_.monitor) return;
  if (aids_.monitor->stop_requested())
    throw core::Interrupted(fmt::format("stopped before unit {}", path));
  if (learn.iters == 0)
    aids_.monitor->report(path, static_cast<std::int64_t>(stage),
                          static_cast<std::int64_t>(stages_.size()),
                          std::numeric_limits<double>::quiet_NaN());
}

Walk::Feed Walk::start(const LearnRecipe& learn, const Tensor& images) const {
  const bool wants_float = learn.wants_float() || !learn.wants_quantised() ||
                           !learn.input->target_of_quantised() || corrects(learn) ||
                           learn.loss->needs().weight_draws > 0;
  return {wants_float ? images : Tensor(), learn.wants_quantised() ? images : Tensor()};
}

bool Walk::feeds_target(const LearnRecipe& learn) {
  return !learn.input->target_of_quantised() && !corrects(learn);
}

void Walk::along(const LearnRecipe& learn, const Tensor& images, const Visit& visit, bool reverse) {
  const bool layers = learn.granularity == Granularity::layer;
  if (learn.loss->needs().rest()) {
    float_logits_ = run_rows(run_of(stages_, 0, stages_.size()), images, float_pass_);
  }
  std::vector<Section> sections =
      sections_of(stages_, layers ? Granularity::block : learn.granularity);
  if (reverse) std::reverse(sections.begin(), sections.end());
  Feed feed = start(learn, images);
  for (const Section& section : sections) {
    if (section.begin < std::max(feed.float_at, feed.quant_at)) feed = start(learn, images);
    advance(feed, section.begin);
    if (layers) {
      if (!visit_layers(learn, section, feed, reverse, visit)) return;
      continue;
    }
    arrive(learn, section.path, section.begin);
    UnitData data = data_of(learn, section, feed);
    if (!visit(section.begin, section_work(section), data)) return;
    if (feeds_target(learn) && !reverse) {
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

UnitData Walk::data_of(const LearnRecipe& learn, const Section& section, Feed& feed) {
  const LossNeeds needs = learn.loss->needs();
  const bool keeps_float = learn.wants_float() || feed.x_quant.numel() == 0;
  UnitData data{feed.x_quant, keeps_float ? feed.x_float : Tensor(), Tensor()};
  if (needs.weight_draws > 0) {
    data.layer_weights = hessian_weights(
        section.run, feed.x_float, {.draws = needs.weight_draws, .samples = needs.weight_samples},
        float_pass_, aids_.rng);
  }
  // the stem sees images and the head has no batch normalisation: PD-Quant corrects blocks only
  if (corrects(learn) && section.begin > 0 && !unfolded_.empty()) {
    correct(learn, section, feed.x_float, data);
  } else if (learn.input->target_of_quantised()) {
    data.y_float = run_rows(section.run, feed.x_quant, float_pass_, aids_.scratch);
  } else {
    const bool last = feeds_target(learn);  // the target takes the place of the input
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

void Walk::correct(const LearnRecipe& learn, const Section& section, const Tensor& x_float,
                   UnitData& data) {
  const Tensor x =
      correct_input(run_of(unfolded_, section.begin, section.end), x_float.to(core::DType::f32),
                    learn.correct, aids_.monitor, aids_.scratch)
          .to(x_float.dtype());
  if (learn.wants_float() || data.x_quant.numel() == 0) data.x_float = x;
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

bool Walk::visit_layers(const LearnRecipe& learn, const Section& section, Feed& feed, bool reverse,
                        const Visit& visit) {
  const nn::Stage& stage = stages_[section.begin];
  const core::Scratch& scratch = aids_.scratch;
  std::vector<std::string> paths;
  for (const nn::LayerUnit& layer : stage.layers) paths.push_back(layer.path);
  const bool keeps_float = learn.wants_float() || feed.x_quant.numel() == 0;
  const bool next = feeds_target(learn) && !reverse;
  CapturedRows floats;
  floats.inputs.resize(paths.size());
  if (feed.x_float.numel() > 0) {
    floats = capture_rows(stage.run, feed.x_float, float_pass_, {paths, next}, scratch);
    if (feeds_target(learn)) {  // a walk back starts again from the images
      feed.x_float = std::move(floats.y);
      feed.float_at = section.end;
    }
  }
  for (std::size_t k = 0; k < stage.layers.size(); ++k) {
    const std::size_t i = reverse ? stage.layers.size() - 1 - k : k;
    const Work work = layer_work(stage.layers[i]);
    arrive(learn, work.unit.path, section.begin);
    Tensor x_float = std::exchange(floats.inputs[i], Tensor());
    UnitData data{Tensor(), keeps_float ? x_float : Tensor(), Tensor()};
    if (feed.x_quant.numel() > 0) {
      data.x_quant =
          capture_rows(stage.run, feed.x_quant, pass_, {{paths[i]}, false}, scratch).inputs[0];
    }
    const Tensor& of = learn.input->target_of_quantised() ? data.x_quant : x_float;
    const auto& layer = dynamic_cast<const nn::Weighted&>(*stage.layers[i].module);
    if (learn.solves() || (learn.gram && learn.iters > 0)) {
      data.moments = learn.solves()
                         ? GramMoments{.layer = &layer, .a = second_moments(layer, data.input())}
                         : gram_moments(layer, data.input(), of, pass_.precision());
      // the steps read no targets, the log those of its rows
      const Tensor logged = of.rows(0, std::min(kLogRows, of.shape()[0]));
      data.y_float = run_rows(work.unit.run, logged, float_pass_, scratch);
    } else if (learn.input->target_of_quantised()) {
      data.y_float = run_rows(work.unit.run, of, float_pass_, scratch);
    } else {
      data.y_float = run_rows_over(work.unit.run, std::move(x_float), float_pass_, scratch);
    }
    if (!visit(section.begin, work, data)) return false;
  }
  return true;
}

void Walk::add_layer(Work& work, nn::Module* module) const {
  for (const WeightSite& site : map_.weights) {
    if (site.module == module && !site.grid.off()) work.weights.push_back(site.parameter);
  }
  const auto* weighted = dynamic_cast<const nn::Weighted*>(module);
  if (weighted && weighted->bias)
    work.biases.push_back({weighted->bias->path, weighted->bias->value});
}

Work Walk::layer_work(const nn::LayerUnit& layer) const {
  Work work{{layer.path, layer.run}, {}, {}, {}};
  add_layer(work, layer.module);
  return work;
}

Work Walk::section_work(const Section& section) const {
  Work work{{section.path, section.run}, {}, {}, {}};
  for (std::size_t s = section.begin; s < section.end; ++s) {
    for (const nn::LayerUnit& layer : stages_[s].layers) add_layer(work, layer.module);
    for (nn::Module* module : nn::modules(*stages_[s].module)) {
      if (const auto* norm = dynamic_cast<const nn::LayerNorm*>(module)) {
        work.norms.push_back({norm->weight.path, norm->weight.value});
        work.norms.push_back({norm->bias.path, norm->bias.value});
      }
    }
  }
  return work;
}

}  // namespace quant

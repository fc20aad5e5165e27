#include "quant/walk.h"

#include <algorithm>

#include "core/kernels/cast.h"
#include "core/kernels/move.h"
#include "nn/layers/layer_norm.h"
#include "quant/layer_outputs.h"
#include "quant/loss/sensitivity.h"
#include "quant/sections.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

/// What nothing in the recipe reads is not held.
void drop_unused(const LearnRecipe& learn, StageData& data) {
  if (!learn.wants_float() && data.x_quant.numel() > 0) data.x_float = Tensor();
}

}  // namespace

Walk::Walk(nn::Model& model, const QuantiserMap& map, QuantPass& pass, const WalkAids& aids)
    : map_(map),
      pass_(pass),
      float_pass_(pass.precision()),
      aids_(aids),
      stages_(model.stages()),
      unfolded_(aids.unfolded ? aids.unfolded->stages() : std::vector<nn::Stage>()) {}

Walk::Feed Walk::start(const LearnRecipe& learn, const Tensor& images) const {
  return {images, learn.wants_quantised() ? images : Tensor()};
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
  std::size_t at = 0;  // the stage that `feed` leads to
  for (const Section& section : sections) {
    if (section.begin < at) {
      feed = start(learn, images);
      at = 0;
    }
    advance(feed, at, section.begin);
    at = section.begin;
    const bool more =
        layers ? visit_layers(learn, section, feed, reverse, visit)
               : visit(section.begin, section_work(section), data_of(learn, section, feed));
    if (!more) return;
  }
}

void Walk::advance(Feed& feed, std::size_t from, std::size_t to) {
  if (from == to) return;
  const Run run = run_of(stages_, from, to);
  if (feed.x_quant.numel() > 0) feed.x_quant = run_rows(run, feed.x_quant, pass_);
  feed.x_float = run_rows(run, feed.x_float, float_pass_);
}

StageData Walk::data_of(const LearnRecipe& learn, const Section& section, const Feed& feed) {
  const Tensor& of = learn.input->target_of_quantised() ? feed.x_quant : feed.x_float;
  StageData data{feed.x_quant, feed.x_float, run_rows(section.run, of, float_pass_)};
  const LossNeeds needs = learn.loss->needs();
  if (learn.correct.on && learn.iters > 0) correct(learn, section, data);
  if (needs.weight_draws > 0) {
    data.layer_weights = hessian_weights(
        section.run, feed.x_float, {.draws = needs.weight_draws, .samples = needs.weight_samples},
        float_pass_, aids_.rng);
  }
  if (needs.rest()) {
    data.float_logits = float_logits_;
    if (section.end < stages_.size()) data.rest = run_of(stages_, section.end, stages_.size());
  }
  if (needs.sensitivity) data.sensitivity = sensitivity_of(needs, data);
  drop_unused(learn, data);
  return data;
}

void Walk::correct(const LearnRecipe& learn, const Section& section, StageData& data) {
  // the stem sees images and the head has no batch normalisation: PD-Quant corrects blocks only
  if (section.begin == 0 || unfolded_.empty()) return;
  const core::DType type = data.x_float.dtype();
  data.x_float = core::cast(
      correct_input(run_of(unfolded_, section.begin, section.end),
                    core::cast(data.x_float, core::DType::f32), learn.correct, aids_.monitor),
      type);
  data.y_float = run_rows(section.run, data.x_float, float_pass_);
}

Tensor Walk::sensitivity_of(const LossNeeds& needs, const StageData& data) {
  const Tail tail = [&](const Variable& y) { return data.rest ? data.rest(y, float_pass_) : y; };
  std::vector<Tensor> pieces;
  const std::int64_t rows = data.y_float.shape()[0];
  for (std::int64_t begin = 0; begin < rows; begin += kPiece) {
    const std::int64_t count = std::min(kPiece, rows - begin);
    pieces.push_back(task_sensitivity(needs, tail, data.y_float.rows(begin, count),
                                      data.float_logits.rows(begin, count)));
  }
  return core::concat(pieces, 0);
}

bool Walk::visit_layers(const LearnRecipe& learn, const Section& section, const Feed& feed,
                        bool reverse, const Visit& visit) {
  const nn::Stage& stage = stages_[section.begin];
  std::vector<std::string> paths;
  for (const nn::LayerUnit& layer : stage.layers) paths.push_back(layer.path);
  const std::vector<Tensor> floats =
      capture_rows(stage.run, feed.x_float, float_pass_, paths).inputs;
  for (std::size_t k = 0; k < stage.layers.size(); ++k) {
    const std::size_t i = reverse ? stage.layers.size() - 1 - k : k;
    const Work work = layer_work(stage.layers[i]);
    StageData data{Tensor(), floats[i], Tensor()};
    if (feed.x_quant.numel() > 0)
      data.x_quant = capture_rows(stage.run, feed.x_quant, pass_, {paths[i]}).inputs[0];
    const Tensor& of = learn.input->target_of_quantised() ? data.x_quant : data.x_float;
    data.y_float = run_rows(work.unit.run, of, float_pass_);
    if (learn.gram && learn.iters > 0) {
      const auto& layer = dynamic_cast<const nn::Weighted&>(*stage.layers[i].module);
      data.moments = gram_moments(layer, data.input(), of);
    }
    drop_unused(learn, data);
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

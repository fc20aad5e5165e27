#include "quant/quantise.h"

#include <algorithm>

#include "quant/map/act_ranges.h"
#include "quant/map/quantiser_map.h"
#include "quant/network/bn_fold.h"
#include "quant/pipeline/learn_acts.h"
#include "quant/pipeline/learn_weights.h"
#include "quant/pipeline/weight_ranges.h"
#include "quant/walk/along_layers.h"

namespace quant {

using core::Tensor;

namespace {

void check_samples(const nn::Model& model, const Tensor& images, const Recipe& recipe,
                   const Tensor& labels) {
  core::require("quantise", images.shape().rank() == 4 && images.shape()[0] > 0,
                "calibration images must be (N, H, W, C) with N > 0; got {}", images.shape());
  if (recipe.needs_labels()) {
    const auto valid = [&](std::int64_t label) { return label >= 0 && label < model.classes(); };
    core::require("quantise",
                  labels.shape() == core::Shape{images.shape()[0]} &&
                      std::ranges::all_of(labels.data<std::int64_t>(), valid),
                  "this loss learns from labels: every image must have one of {} classes; got "
                  "labels {}, images {}",
                  model.classes(), labels.shape(), images.shape());
  }
}

Tensor first_rows(const Tensor& images, std::int64_t count) {
  return images.rows(0, std::min(count, images.shape()[0]));
}

}  // namespace

Quantised quantise(const nn::Model& model, const Tensor& images, const Recipe& recipe,
                   const core::Rng& rng, core::Monitor& monitor, const core::Scratch& scratch,
                   const Tensor& labels) {
  check_samples(model, images, recipe, labels);
  Quantised out;
  out.model = model.clone();
  refuse_misfits(*out.model, recipe);
  refuse_allocation_misfits(*out.model, recipe);
  const std::unique_ptr<nn::Model> unfolded =
      recipe.learn.correct.on && has_batch_norm(*out.model) ? model.clone() : nullptr;
  FoldedNorms norms = norms_to_fold(*out.model);
  fold_batch_norms(*out.model);
  recipe.prepare->apply(*out.model, first_rows(images, recipe.act.init_images), recipe.act.grid,
                        norms);
  out.map = quantiser_map(*out.model, recipe);
  out.pass = std::make_unique<QuantPass>(recipe.precision);
  if (recipe.allocate.on) {
    out.allocation =
        allocate_bits(*out.model, out.map, images, recipe, rng.stream("allocate"), monitor);
    join_row_parts(out.map, *out.pass);
  }
  const Job job{out,
                recipe,
                rng,
                monitor,
                {.unfolded = unfolded.get(),
                 .monitor = &monitor,
                 .rng = rng.stream("layer weights"),
                 .scratch = scratch,
                 .labels = labels}};
  const auto set_act_ranges = [&] {
    init_activation_ranges(*out.model, images, out.map, recipe.act, *out.pass);
    out.pass->quantise_activations(true);
  };
  round_to_nearest(job, images);
  set_steps_on_inputs(job, images);
  if (job.joint()) set_act_ranges();
  learn_weights(job, images);
  if (out.status != "ok") return out;
  const bool acts_follow = !out.map.acts.empty() && !job.joint();
  if (acts_follow) set_act_ranges();
  recipe.repair->apply(
      {*out.model, *out.pass, out.map, out.weights, norms, [&](const LayerVisit& visit) {
         along_layers(*out.model, out.map, *out.pass, images,
                      {.monitor = &monitor, .scratch = scratch}, visit);
       }});
  if (acts_follow) learn_acts(job, images);
  return out;
}

}  // namespace quant

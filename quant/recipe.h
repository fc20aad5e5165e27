// Recipe: the strategies and numbers of one cell, built once from a configuration.
//
// Every key is read here or by the strategy that it configures; leftovers are the caller's to
// refuse (Params::done).  Optimizers are stateful, so the recipe holds a factory.  Which tensors
// are quantised is decided by sites.h, from `quant`; what is learned by quantise.h, from `learn`
// and `learn_act`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/params.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "quant/augment/feature_augment.h"
#include "quant/calibration/source/calibration_source.h"
#include "quant/input/unit_input.h"
#include "quant/loss/loss.h"
#include "quant/regulariser/regulariser.h"
#include "quant/scale/scale_init.h"
#include "quant/sections.h"
#include "quant/selection/selection.h"
#include "quant/variable/learned.h"

namespace quant {

/// Bits that a first/last policy fixes; empty = as everywhere else.
struct EdgeBits {
  std::optional<int> first_weight, first_output, last_weight, last_input;
};
/// Policies by name.  source: the released code of BRECQ and QDrop; their rows differ because of
/// this.
///   brecq  first weights, first output and last weights at 8 bit, last input as everywhere
///   qdrop  first and last weights and last input at 8 bit, first output as everywhere
///   all_8  all four at 8 bit          same  nothing special
///   fp     first and last weights and last input not quantised
/// throws: InputError for an unknown name.
EdgeBits edge_bits(std::string_view policy);

struct WeightRecipe {
  Grid grid;
  std::unique_ptr<ScaleInit> scale;
};

struct ActRecipe {
  Grid grid;  // per tensor
  std::unique_ptr<ScaleInit> scale;
  std::int64_t init_images = 256;
  bool init_quantised = false;  // ranges through the quantised network, quantisers active
  std::int64_t init_samples =
      1 << 18;  // values a range search sees; the extremes are always among them
};

/// The order in which units learn.
enum class Order {
  forward,
  reverse,  // from the head to the stem; the prefix of a unit is rounded to nearest
  parallel  // every unit by itself, on float inputs
};

/// A group of tensors with an optimizer of its own.
struct LearnGroup {
  bool on = false;
  std::function<std::unique_ptr<nn::Optimizer>()> optimizer;
  std::unique_ptr<nn::Schedule> schedule;
};

struct LearnRecipe {
  Granularity granularity = Granularity::block;
  std::unique_ptr<UnitInput> input;
  std::unique_ptr<FeatureAugment> augment;
  bool keep_target = false;  // targets of disturbed inputs stay those of the undisturbed ones
  double keep = 1.0;         // share of elements that activation quantisers treat while learning
  std::int64_t iters = 0, batch = 32;
  bool replacement = false;  // a batch may hold a sample twice
  std::unique_ptr<Loss> loss;
  std::function<std::unique_ptr<nn::Optimizer>()> optimizer;
  std::unique_ptr<nn::Schedule> schedule;

  /// The target is the float unit on the input of the step, not the stored one.
  bool recomputes_target() const { return augment->active() && !keep_target; }
  /// Which of the two inputs must be kept.
  bool wants_quantised() const { return input->wants_quantised(); }
  bool wants_float() const {
    return input->wants_float() || (recomputes_target() && !input->target_of_quantised());
  }
};

/// What is learned about weights.
struct LearnWeights : LearnRecipe {
  Order order = Order::forward;
  std::unique_ptr<Learned> variable;
  std::unique_ptr<Regulariser> regulariser;
  std::unique_ptr<Selection> selection;
  LearnGroup bias, norm, w_scale, w_zero;  // degrees of freedom beside the rounding
  bool skip_first = false;                 // the first stage keeps round to nearest
  bool rollback = false;                   // back to round to nearest where the hard loss got worse
  bool fused = true;  // the one-pass kernel of the variable, where it offers one
};

/// What is learned about activation steps.
struct LearnActs : LearnRecipe {
  bool joint = false;  // together with the weights, in their loop, instead of after them
  bool scale_gradient = false;
};

struct Recipe {
  core::Precision precision = core::Precision::f32;
  WeightRecipe weight;
  ActRecipe act;
  std::string first_last = "all_8";
  std::string map = "auto";  // auto | outputs | inputs
  LearnWeights learn;
  LearnActs learn_act;

  /// Reads precision, quant, learn and learn_act.  throws: ConfigError.
  explicit Recipe(core::Params& params);
};

/// Which images are used: the `calibration` key {name, count, split, source, ...}.
struct CalibrationRecipe {
  std::unique_ptr<CalibrationSource> source;
  std::unique_ptr<CalibrationSet> set;
  std::int64_t count = 1024;
  data::Split split = data::Split::train;

  explicit CalibrationRecipe(core::Params& params);
  /// What draw() asks the float network; without any, it needs no view.
  Needs needs() const;
  /// Refuses what draw() could not do, without running the network.  throws: InputError.
  void check(const data::Dataset& dataset, const ModelView* view = nullptr) const;
  /// throws: InputError as check; Error when a view is needed and absent; Interrupted.
  Calibration draw(const data::Dataset& dataset, core::Rng rng, const ModelView* view = nullptr,
                   core::Monitor* monitor = nullptr) const;
};

}  // namespace quant

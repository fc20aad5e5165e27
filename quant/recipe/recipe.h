// Recipe: the strategies and numbers of one cell, built once from a configuration.
//
// Every key is read here, by learn_recipe.h or by the strategy that it configures; leftovers are
// the caller's to refuse (Params::done).  Which tensors are quantised is decided by quantiser_map.h, from
// `quant`; what is learned by quantise.h, from `learn` and `learn_act`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/config/params.h"
#include "quant/network/bit_overrides.h"
#include "quant/network/edge_bits.h"
#include "quant/prepare/prepare.h"
#include "quant/recipe/allocate_recipe.h"
#include "quant/recipe/learn_recipe.h"
#include "quant/repair/repair.h"
#include "quant/scale/scale.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {

class ActGrid;

struct WeightRecipe {
  Grid grid;
  bool whole_rows = false;  // where a group does not divide a row, the row is one
  std::unique_ptr<WeightGrid> levels;
  bool uniform_edges = false;  // where the policy fixes the bits of an edge, its codes are even
  BitOverrides overrides;      // by path of the layer
  std::unique_ptr<Scale> scale;
};

struct ActRecipe {
  Grid grid;               // per tensor
  BitOverrides overrides;  // by path of the module whose output or inputs are quantised
  std::unique_ptr<Scale> scale;
  // levels of activations in general, of softmax and of GELU outputs; null: evenly spaced
  std::shared_ptr<const ActGrid> levels, softmax, gelu;
  bool per_head = false;  // a step and a zero point for every head of attention's operands
  bool factors = false;   // a power of two for every channel of a layer norm's output
  std::int64_t init_images = 256;
  bool init_quantised = false;  // ranges through the quantised network, quantisers active
  std::int64_t init_samples =
      1 << 18;  // values a range search sees; the extremes are always among them
};

struct Recipe {
  core::Precision precision = core::Precision::f32;
  WeightRecipe weight;
  ActRecipe act;
  AllocateRecipe allocate;
  std::string first_last = "all_8";
  std::string map = "auto";          // auto | outputs | inputs
  std::unique_ptr<Prepare> prepare;  // of the float network
  std::unique_ptr<Repair> repair;    // of the quantised one
  LearnWeights learn;
  LearnActs learn_act;

  /// What its repair sees of it.
  RepairSetting repair_setting() const;
  /// A loss learns from the labels of the calibration images.
  bool needs_labels() const;

  /// Reads precision, quant, learn and learn_act.  throws: ConfigError.
  explicit Recipe(core::Params& params);

 private:
  /// throws: ConfigError when weights have bits that their grid does not take.
  void refuse_bits(core::Params weight_keys) const;
  /// throws: ConfigError when a weight has more bits than the variable can hold.
  void refuse_wide_grids(core::Params learn_keys) const;
  /// throws: ConfigError for strategies that do not go together.
  void refuse_clashes(core::Params quant_keys, core::Params learn_keys) const;
};

}  // namespace quant

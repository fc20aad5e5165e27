// Repair: what is done about the errors of a network whose weights are quantised, without moving
// their codes.
//
// It works once the weights are baked and activation ranges are set and active, before activation
// steps are learned after the weights.  A strategy is stateless apart from its options.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/config/registry.h"
#include "nn/model.h"
#include "quant/grid/quantised_weight.h"
#include "quant/network/folded_norms.h"
#include "quant/network/sites.h"
#include "quant/pass/quant_pass.h"

namespace quant {

/// What of the rest of a recipe says whether a repair fits it.
struct RepairSetting {
  bool biases_learned = false, roundings_learned = false;
  bool weights_quantised = true, per_channel = true;
};

/// A layer with what comes into it; rows are samples, x_quant is behind the quantiser of the input.
struct LayerInputs {
  nn::Weighted* layer;
  core::Tensor x_float, x_quant;
};
using LayerVisit = std::function<void(const LayerInputs&)>;

/// The quantised network that a repair changes.
struct RepairTarget {
  nn::Model& model;  // batch norms folded, weights float
  QuantPass& pass;   // what stands for them
  const QuantiserMap& map;
  std::map<std::string, BakedWeight>& weights;  // by parameter path
  const FoldedNorms& norms;
  /// Calls the visitor for every layer in order, each behind those that are repaired already.
  /// throws: Interrupted when somebody asks to stop.
  std::function<void(const LayerVisit&)> along_layers;
};

class Repair {
 public:
  static constexpr std::string_view kind = "repair";
  virtual ~Repair() = default;
  /// What it does not go with, as the end of "needs ..."; empty: nothing.
  virtual std::string clash(const RepairSetting&) const { return {}; }
  /// Likewise of a model, batch norms not folded.
  virtual std::string needs(nn::Model&) const { return {}; }
  virtual void apply(const RepairTarget& target) const = 0;
  /// What it goes with, but is likely to be no gain with: a sentence without an end; empty:
  /// nothing.
  virtual std::string caution(const RepairSetting&) const { return {}; }
};

}  // namespace quant

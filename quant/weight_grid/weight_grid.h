// WeightGrid: how the levels of the weight codes are spaced, and what is found out about that from
// the weights alone.
//
// A strategy names the level function and gives it its parameters once the ranges of all weights
// are known.  Ranges are chosen by a Scale, which takes the codes as evenly spaced; a strategy
// whose levels are not may change them afterwards, and then has an option that says so.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/config/registry.h"
#include "quant/grid/levels.h"
#include "quant/grid/quantised_weight.h"

namespace quant {

/// What says how much the error of each single weight matters.
enum class ErrorWeight {
  none,    // every weight alike
  fisher,  // mean of the squared gradient of the loss, an image at a time
  moments  // mean of the squared input that the weight is multiplied with
};

class WeightGrid {
 public:
  static constexpr std::string_view kind = "grid";
  virtual ~WeightGrid() = default;
  /// nullptr: evenly spaced.  Others stand on symmetric codes, narrow where the levels say so.
  virtual const Levels* levels() const = 0;
  /// What `fit` wants to know about each weight.
  virtual ErrorWeight importance() const { return ErrorWeight::none; }
  /// Why weights of so many bits cannot stand on this grid; empty when they can.
  virtual std::string misfit(int /*bits*/) const { return {}; }
  /// Sets QParams::warp of all quantised weights of a network, whose steps are set; `importance`
  /// has the shapes of the weights, or is empty: all alike.
  virtual void fit(std::span<QuantisedWeight> weights,
                   std::span<const core::Tensor> importance) const = 0;
  void fit(std::span<QuantisedWeight> weights) const { fit(weights, {}); }
};

}  // namespace quant

// WeightGrid: how the levels of the weight codes are spaced, and what is found out about that from
// the weights alone.
//
// A strategy names the level function and gives it its parameters once the ranges of all weights
// are known; ranges themselves are chosen by a ScaleInit, which takes the codes as evenly spaced.
#pragma once

#include <span>
#include <string_view>

#include "core/registry.h"
#include "quant/levels.h"
#include "quant/variable/learned.h"

namespace quant {

class WeightGrid {
 public:
  static constexpr std::string_view kind = "grid";
  virtual ~WeightGrid() = default;
  /// nullptr: evenly spaced.  Others stand on narrow symmetric codes.
  virtual const Levels* levels() const = 0;
  /// Sets QParams::warp of all quantised weights of a network, whose steps are set.
  virtual void fit(std::span<QuantisedWeight> weights) const = 0;
};

}  // namespace quant

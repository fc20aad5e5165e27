// Ladder: levels m sgn 2^(-k stride), k = 0, 1 .. q - 1, and zero, q = 2^(b-1) - 1, for the grids
// that differ in the stride and in how a codebook rounds.
#pragma once

#include "quant/grid/codebook.h"
#include "quant/grid/log_levels.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {

class Ladder : public WeightGrid {
 public:
  /// levels: a constant of the program.
  Ladder(core::Params& params, const Codebook& levels, double stride)
      : range_(params), levels_(levels), stride_(stride) {}
  const Levels* levels() const override { return &levels_; }
  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    for (QuantisedWeight& w : weights) {
      if (!w.grid.levels) continue;
      range_.fit(w, mirrored(log_levels(static_cast<int>(w.grid.qmax()), stride_)));
    }
  }

 private:
  FixedRange range_;
  const Codebook& levels_;
  double stride_;
};

}  // namespace quant

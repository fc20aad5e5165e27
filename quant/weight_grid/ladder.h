// Ladder: levels m sgn 2^(-k stride), k = 0, 1 .. q - 1, and zero, q = 2^(b-1) - 1, for the grids
// that differ in the stride and in how a codebook rounds.
#pragma once

#include <cmath>

#include "quant/codebook.h"
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
      std::vector<double> positive;
      for (int k = w.grid.qmax(); k-- > 0;) positive.push_back(std::exp2(-stride_ * k));
      range_.fit(w, mirrored(positive));
    }
  }

 private:
  FixedRange range_;
  const Codebook& levels_;
  double stride_;
};

}  // namespace quant

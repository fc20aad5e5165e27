// CodeSpace: the family of variables that place a weight anywhere in code space and round it there.
//
// W_hat = s (clip(round(u) + z, qmin, qmax) - z), u a differentiable position in units of the step,
// or the level nearest to a position where the grid has a level function;
// rounding is straight-through, so what is seen in the forward pass is always hard: there is no h,
// and a regulariser has nothing to do.  Unlike the two-state family these can leave the two codes
// around a weight.  A file of the family gives start values and the placement.
#pragma once

#include "quant/variable/on_grid.h"

namespace quant {

class CodeSpace : public RoundingVariable {
 public:
  Softened soften(const QuantisedWeight& weight, std::span<const autograd::Variable> learned,
                  const Softening& at) const final {
    return {rounded(placement(weight, learned), weight, at), std::nullopt};
  }
  using RoundingVariable::harden;
  core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                      const QParams& grid) const final {
    const std::vector<autograd::Variable> leaves(learned.begin(), learned.end());
    return rounded_codes(placement(weight, leaves), weight, grid);
  }

 private:
  /// Shapes of w; rounds to the nearest code of W at the start values, bit for bit.
  virtual Placement placement(const QuantisedWeight& weight,
                              std::span<const autograd::Variable> learned) const = 0;
};

}  // namespace quant

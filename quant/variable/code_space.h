// CodeSpace: the family of variables that place a weight anywhere in code space and round it there.
//
// W_hat = s (clip(round(u) + z, qmin, qmax) - z), u a differentiable position in units of the step;
// rounding is straight-through, so what is seen in the forward pass is always hard: there is no h,
// and a regulariser has nothing to do.  Unlike the two-state family these can leave the two codes
// around a weight.  A file of the family gives start values and the position.
#pragma once

#include "quant/variable/on_grid.h"

namespace quant {

class CodeSpace : public Learned {
 public:
  Softened soften(const QuantisedWeight& weight, std::span<const autograd::Variable> learned,
                  const Softening& at) const final {
    return {on_grid(position(weight, learned, at), weight, at, Rounding::nearest), std::nullopt};
  }
  using Learned::harden;
  core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                      const QParams& grid) const final {
    const std::vector<autograd::Variable> leaves(learned.begin(), learned.end());
    const autograd::Variable scale(grid.scale), zero(grid.zero);
    const Softening at{.progress = 1, .scale = &scale, .zero = &zero};
    return codes_at(position(weight, leaves, at).value(), weight.grid, grid);
  }

 private:
  /// u, shape of w; equals W/s bit for bit at the start values.
  virtual autograd::Variable position(const QuantisedWeight& weight,
                                      std::span<const autograd::Variable> learned,
                                      const Softening& at) const = 0;
};

}  // namespace quant

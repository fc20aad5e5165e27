// Steps that the rounding variables share: into code space, onto the grid, and a clip that lets go.
// `code_position` and `on_grid` are for uniform grids; `rounded` and what follows it take every
// grid.
//
// Code space is W/s, where neighbouring levels are 1 apart.  Step and zero point are the frozen
// ones of the weight or, where `Softening` names them, learned variables that get gradients.
// source: straight-through rules of LSQ (Esser et al. 2020) and LSQ+ (Bhalgat et al. 2020).
#pragma once

#include "quant/variable/rounding_variable.h"

namespace quant {

/// W / s.  dW = dy / s, ds = -sum of dy W / s^2 over the weights of an entry.
/// shapes: w as weight.w.
autograd::Variable code_position(const autograd::Variable& w, const QuantisedWeight& weight,
                                 const Softening& at);

enum class Rounding { none, nearest };  // nearest: half to even, with gradient 1

/// W_hat = s (clip(n + z, qmin, qmax) - z) with n = u, rounded or not.  du = s dy where n + z lies
/// in the range, both ends included, else 0; ds = sum of dy (W_hat / s); dz = sum of -s dy over
/// clipped weights.  With u = W/s and rounding this is LSQ: ds = round(t) - t inside, the end
/// outside. shapes: u as weight.w.  throws: ShapeError.
autograd::Variable on_grid(const autograd::Variable& u, const QuantisedWeight& weight,
                           const Softening& at, Rounding rounding);

/// The codes (s32) of positions: clip(round(u) + z, qmin, qmax).
core::Tensor codes_at(const core::Tensor& u, const Grid& grid, const QParams& q);

/// W_hat between the codes `floors` and the next ones: on_grid of floors + h without rounding, or
/// between_levels.
autograd::Variable between_codes(const core::Tensor& floors, const autograd::Variable& h,
                                 const QuantisedWeight& weight, const Softening& at);

/// Where a variable puts a weight before it is rounded: code_position(w) factor + offset; with
/// levels, position(w factor / s) + offset.
struct Placement {
  autograd::Variable w;
  std::optional<autograd::Variable> factor = {}, offset = {};  // 1 and 0
};
/// The nearest level, straight through: on_grid with rounding, or nearest_level.
autograd::Variable rounded(const Placement& place, const QuantisedWeight& weight,
                           const Softening& at);
/// The codes of that on `q`.
core::Tensor rounded_codes(const Placement& place, const QuantisedWeight& weight, const QParams& q);

/// min(max(x, lo), hi) whose gradient passes inside (ends included) and, outside, where a descent
/// step leads back in: a value that an optimizer took too far is not lost.
autograd::Variable clip_inward(const autograd::Variable& x, double lo, double hi);

}  // namespace quant

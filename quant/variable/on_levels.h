// The differentiable steps of the rounding variables on a grid with a level function (levels.h):
// between two neighbouring levels, and onto the nearest one.
//
// Both have finite gradients everywhere and work for every increasing level function.  Step and
// warp are the frozen ones of the weight or, where `Softening` names them, learned variables.
// Gradients of step and warp are summed in double.  source: neighbouring-level form and
// straight-through rules, own derivation; LSQ (Esser et al. 2020) for the residual form.
#pragma once

#include "quant/variable/rounding_variable.h"

namespace quant {

/// W_hat = s (level(f) + h (level(f + 1) - level(f))) with codes f, f + 1 clipped to the grid.
/// dh = s (level(f + 1) - level(f)) dy; f stays, so ds and dwarp are those of the levels alone.
/// shapes: h and floors as weight.w; floors: whole numbers.  throws: ShapeError.
autograd::Variable between_levels(const core::Tensor& floors, const autograd::Variable& h,
                                  const QuantisedWeight& weight, const Softening& at);

/// W_hat = s level(clip(round(position(w / s) + v))), straight through where the rounded position
/// is a code: dw = dy, dv = s slope(n) dy; ds and dwarp with both the level and the position
/// moving, in one expression, so that they see the residual of the rounding only.  Elsewhere dw =
/// dv = 0 and ds, dwarp are those of the end.
/// shapes: w and v as weight.w; v null: no offset.  throws: ShapeError.
autograd::Variable nearest_level(const autograd::Variable& w, const autograd::Variable* v,
                                 const QuantisedWeight& weight, const Softening& at);

}  // namespace quant

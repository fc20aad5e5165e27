// y = x m / (1 - p) with m = 0 at probability p, independently per element.
// The mask is a pure function of (generator, position): the backward draws it again instead of
// storing it, dx = dy m / (1 - p).  NaN at a dropped position becomes 0. source: Srivastava et al.
// 2014 (inverted scaling).
#pragma once

#include "autograd/variable.h"
#include "core/rng.h"

namespace autograd {

/// The identity for p = 0.  Pass a fresh stream a step and site: the same generator gives the same
/// mask. shapes: any.  dtype: f32 or f64. throws: ShapeError unless 0 <= p < 1.
Variable dropout(const Variable& x, double p, const core::Rng& rng);

}  // namespace autograd

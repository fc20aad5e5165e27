// y_i = a_i with probability p, else b_i, independently per element.
// The choice is a pure function of (generator, position), so the backward makes it again:
// da = dy where a was taken, db = dy elsewhere.  source: Wei et al. 2022 (QDrop).
#pragma once

#include "autograd/variable.h"
#include "core/rng.h"

namespace autograd {

/// shapes: equal.  dtype: f32 or f64.  Pass a fresh stream a step and site.
/// throws: ShapeError when shapes or dtypes differ or p lies outside [0, 1].
Variable mix(const Variable& a, const Variable& b, double p, const core::Rng& rng);

}  // namespace autograd

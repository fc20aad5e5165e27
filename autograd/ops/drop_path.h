// Stochastic depth: each sample (first axis) is kept with probability 1 - p and scaled by 1 / (1 -
// p), or set to 0.  dx = dy times the same factor.  Used on the branch of a residual block. source:
// Huang et al. 2016; the scaling is timm's.
#pragma once

#include "autograd/variable.h"
#include "core/rng.h"

namespace autograd {

/// The identity for p = 0.  Pass a fresh stream a step and site.
/// shapes: any of rank >= 1.  dtype: f32 or f64.
/// throws: ShapeError unless 0 <= p < 1.
Variable drop_path(const Variable& x, double p, const core::Rng& rng);

}  // namespace autograd

// y = |x|^p, the element of every Lp loss.  dx = p |x|^(p-1) sign(x) dy.
// At x = 0: value 0, gradient 0 for p >= 1 (the minimum-norm subgradient).  p = 1 and 2 are exact.
// p < 1 has an infinite slope at 0, so add an epsilon before it.  NaN propagates.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
/// throws: ShapeError unless p > 0.
Variable abs_pow(const Variable& x, double p);

}  // namespace autograd

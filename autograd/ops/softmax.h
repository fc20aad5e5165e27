// y = exp(a (x - max)) / sum exp(a (x - max)) along the last axis, a a number; dx = a y (dy - sum(y
// dy)). A row with NaN or only -inf gives NaN.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// softmax of scale * x.
/// shapes: any of rank >= 1.  dtype: f32 or f64.  throws: ShapeError unless scale > 0.
Variable softmax(const Variable& x, double scale = 1.0);

}  // namespace autograd

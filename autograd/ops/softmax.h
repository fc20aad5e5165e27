// y = exp(x - max) / sum exp(x - max) along the last axis.  dx = y (dy - sum(y dy)).
// A row with NaN or only -inf gives NaN.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any of rank >= 1.  dtype: f32 or f64.
Variable softmax(const Variable& x);

}  // namespace autograd

// y = x - max - ln sum exp(x - max) along the last axis.  dx = dy - exp(y) sum(dy).
// A row with NaN or only -inf gives NaN.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any of rank >= 1.  dtype: f32 or f64.
Variable log_softmax(const Variable& x);

}  // namespace autograd

// y = 1 / (1 + exp(-x)).  dx = dy y (1 - y).  Smooth everywhere; saturates to exactly 0 and 1
// without overflow; NaN propagates.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
Variable sigmoid(const Variable& x);

}  // namespace autograd

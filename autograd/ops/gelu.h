// y = x Phi(x), the exact form with erf (not the tanh approximation).
// dx = dy (Phi(x) + x phi(x)).  Smooth everywhere; NaN propagates.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
Variable gelu(const Variable& x);

}  // namespace autograd

// y = max(0, x).  dx = dy where x > 0, else 0: the gradient at the kink is 0 (PyTorch's choice).
// NaN stays NaN in the value and stops the gradient.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
Variable relu(const Variable& x);

}  // namespace autograd

// relu(a + b) in one pass: the end of a residual block.
// da = db = dy where y > 0, else 0: the gradient at the kink a + b = 0 is 0, as in relu.
// NaN stays NaN in the value and stops the gradient.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// y = max(0, a + b).
/// shapes: a and b equal.  dtype: f32 or f64.
/// throws: ShapeError; there is no broadcasting here.
Variable add_relu(const Variable& a, const Variable& b);

}  // namespace autograd

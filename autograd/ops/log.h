// y = ln x.  dx = dy / x.  At 0 the value is -inf and the gradient inf; below 0 the value is NaN.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
Variable log(const Variable& x);

}  // namespace autograd

// y = min(max(x, lo), hi).  dx = dy where lo <= x <= hi, both ends included (so a parameter that
// sits on a bound can leave it), else 0.  NaN stays NaN in the value and stops the gradient.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
/// throws: ShapeError unless lo <= hi.
Variable clamp(const Variable& x, double lo, double hi);

}  // namespace autograd

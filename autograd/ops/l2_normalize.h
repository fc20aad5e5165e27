// y = x / |x| along the last axis, |x| the Euclidean length of a row, accumulated in double.
// dx = (dy - y <y, dy>) / |x|.  A row of zeros stays zero and has gradient zero (a choice: the
// length has a kink there).  A row with NaN gives NaN.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any of rank >= 1.  dtype: f32 or f64.
/// throws: ShapeError.
Variable l2_normalize(const Variable& x);

}  // namespace autograd

// Mean over H and W of N,H,W,C images.  dx = dy / (H W).  NaN propagates.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: x (N,H,W,C) -> (N,C).  dtype: f32 or f64.
/// throws: ShapeError.
Variable global_mean_pool(const Variable& x);

}  // namespace autograd

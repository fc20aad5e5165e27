// Maximum over windows of N,H,W,C images; padding never wins.
// dy flows to the winner alone; ties go to the first position in row-major order; a NaN in the
// window wins.
#pragma once

#include "autograd/variable.h"
#include "core/kernels/pool.h"

namespace autograd {

/// shapes: x (N,H,W,C) -> (N,OH,OW,C).  dtype: f32 or f64.
/// throws: ShapeError.
Variable max_pool2d(const Variable& x, const core::PoolOptions& options);

}  // namespace autograd

// y = a x + b with two numbers, the cheap form of scaling and shifting.
// dx = a dy.  Smooth everywhere; NaN propagates.  The numbers get no gradient.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// y = a * x + b.
/// shapes: any.  dtype: f32 or f64.
Variable affine(const Variable& x, double a, double b);

}  // namespace autograd

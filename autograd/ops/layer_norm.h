// Layer normalisation over the last axis: y = gamma (x - mean) / sqrt(var + eps) + beta, biased
// variance. The gradient goes through the statistics of each row.  Smooth for eps > 0; NaN spreads
// over its row. source: Ba, Kiros & Hinton 2016.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: x (.., C), gamma (C), beta (C) -> shape of x.  dtype: f32 or f64.
/// throws: ShapeError.
Variable layer_norm(const Variable& x, const Variable& gamma, const Variable& beta, double eps);

}  // namespace autograd

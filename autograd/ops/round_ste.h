// y = round half to even of x, with gradient 1 (straight-through estimator).
// The true derivative is 0 almost everywhere, so this op fails a gradient check by design.
// source: Bengio, Leonard & Courville 2013.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
Variable round_ste(const Variable& x);

}  // namespace autograd

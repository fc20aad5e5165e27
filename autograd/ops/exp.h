// y = e^x.  dx = dy y.  Smooth everywhere; overflows to infinity; NaN propagates.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any.  dtype: f32 or f64.
Variable exp(const Variable& x);

}  // namespace autograd

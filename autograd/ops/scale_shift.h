// y = x * scale + shift per channel: batch normalisation in its inference form.
// dx = dy scale,  dscale = sum of dy x,  dshift = sum of dy (over all axes but the last).
// Smooth everywhere; NaN propagates.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: x (.., C), scale (C), shift (C) -> shape of x.  dtype: f32 or f64.
/// throws: ShapeError.
Variable scale_shift(const Variable& x, const Variable& scale, const Variable& shift);

}  // namespace autograd

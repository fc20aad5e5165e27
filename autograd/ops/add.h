// Element-wise add with NumPy broadcasting (axes aligned from the last, an extent of 1 stretches).
// The gradient of a stretched operand is summed back to its shape, and rounded after that where it
// is bf16.  NaN propagates.
// source: y = a + b;  da = dy,  db = dy.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// y = a + b.
/// shapes: any that broadcast.  dtype: f32, f64 or bf16, equal; b may be f32 beside a of bf16.
/// throws: ShapeError.
Variable add(const Variable& a, const Variable& b);

}  // namespace autograd

// Conversion to another floating type: the way into and out of bf16 activations.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// y = x rounded to `dtype`; x itself when it has that type.  The gradient goes straight through,
/// in the type of x.
/// shapes: any.  dtype: f32, f64 or bf16.
Variable cast(const Variable& x, core::DType dtype);

}  // namespace autograd

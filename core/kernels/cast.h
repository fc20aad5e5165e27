// Conversion between the floating types, one threaded pass.
#pragma once

#include "core/tensor.h"

namespace core {

/// x in another floating type: exact or rounded to nearest even; itself when the type is the same.
/// NaN stays NaN.  throws: ShapeError unless both types are f32, f64 or bf16.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace core

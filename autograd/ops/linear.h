// The fully connected layer: y = x wT + bias.
// dx = dy w,  dw = dyT x,  dbias = sum of dy over all rows.  With Precision::bf16 the products
// round their operands to bf16; accumulation and results are f32.  Smooth everywhere; NaN
// propagates.
#pragma once

#include "autograd/variable.h"
#include "core/dtype.h"

#include <optional>

namespace autograd {

/// y = x . wT + bias.
/// shapes: x (.., I), w (O, I), bias (O) or absent -> (.., O).  dtype: f32 or f64.
/// throws: ShapeError.
Variable linear(const Variable& x, const Variable& w,
                const std::optional<Variable>& bias = std::nullopt,
                core::Precision precision = core::Precision::f32);

}  // namespace autograd

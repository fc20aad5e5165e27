// An element-wise random choice between two tensors (core/kernels/choice).
#pragma once

#include "core/rng.h"
#include "core/tensor.h"

namespace core {

/// a_i where Choice(p, rng) takes i, else b_i.
/// shapes: equal.  dtype: f32, f64 or bf16, equal.  p = 1 gives a, p = 0 gives b.
/// throws: ShapeError when shapes or dtypes differ or p lies outside [0, 1].
Tensor mix(const Tensor& a, const Tensor& b, double p, const Rng& rng);

}  // namespace core

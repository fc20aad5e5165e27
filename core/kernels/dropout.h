// Dropout as a pure function of (generator, position): nothing is stored, the backward is the same
// call.
#pragma once

#include "core/rng.h"
#include "core/tensor.h"

namespace core {

/// x m / (1 - p) with m_i = 0 where Choice(p, rng) takes i (core/kernels/choice).
/// shapes: any.  dtype: f32, f64 or bf16.  A NaN at a dropped position becomes 0.
/// throws: ShapeError unless 0 <= p < 1.
Tensor dropout(const Tensor& x, double p, const Rng& rng);

}  // namespace core

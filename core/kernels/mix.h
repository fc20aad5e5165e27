// An element-wise random choice between two tensors (core/kernels/choice).
#pragma once

#include <span>

#include "core/rng.h"
#include "core/tensor.h"

namespace core {

/// a_i where Choice(p, rng) takes i, else b_i.
/// shapes: equal.  dtype: any, equal.  p = 1 gives a, p = 0 gives b.
/// throws: ShapeError when shapes or dtypes differ or p lies outside [0, 1].
Tensor mix(const Tensor& a, const Tensor& b, double p, const Rng& rng);
/// mix(gather_rows(a, index), gather_rows(b, index), p, rng) in one pass.
Tensor mix_rows(const Tensor& a, const Tensor& b, std::span<const std::int64_t> index, double p,
                const Rng& rng);

}  // namespace core

// An element-wise random choice between two tensors, as a pure function of (generator, position).
//
// Nothing is stored: whoever needs the same choice again (the backward of the op) makes it again
// from the same generator.  source: Wei et al. 2022 (QDrop), the mix of quantised and float values.
#pragma once

#include "core/rng.h"
#include "core/tensor.h"

namespace core {

/// a_i with probability p, else b_i: a where the generator's 32 bits at position i are below
/// p 2^32.  shapes: equal.  dtype: f32 or f64, equal.  p = 1 gives a, p = 0 gives b.
/// throws: ShapeError when shapes or dtypes differ or p lies outside [0, 1].
Tensor mix(const Tensor& a, const Tensor& b, double p, const Rng& rng);
/// The part of dy that belongs to `a` (`first`) or to `b`, zero elsewhere.
Tensor mix_backward(const Tensor& dy, bool first, double p, const Rng& rng);

}  // namespace core

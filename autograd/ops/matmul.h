// Matrix product, plain and batched; transposed operands are read in place in both directions.
// y = op(a) op(b);  d op(a) = dy op(b)T,  d op(b) = op(a)T dy.
// With Precision::bf16 all three products round their operands to bf16 and accumulate in f32.
// Smooth everywhere; NaN propagates.
#pragma once

#include "autograd/variable.h"
#include "core/kernels/gemm.h"

namespace autograd {

/// y = op(a) . op(b), op being the identity or the transposition of the last two axes.
/// shapes: a (.., M, K), b (.., K, N) with equal leading axes -> (.., M, N); b may have rank 2
/// while a has
///   any rank (the leading axes of a are then rows; op(a) must then be a itself).
/// dtype: f32 or f64 (f64 ignores the precision: it is the truth path).
/// throws: ShapeError.
Variable matmul(const Variable& a, const Variable& b, core::MatmulOptions options = {});

}  // namespace autograd

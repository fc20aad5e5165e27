// Softmax and log-softmax along the last axis, stabilised by the row maximum.  A row with NaN or
// only -inf gives NaN.  Sums accumulate in double; rows of bf16 are computed in f32.
#pragma once

#include "core/tensor.h"

namespace core {

/// y = softmax(scale * x)
/// throws: ShapeError unless x has an axis and scale > 0
Tensor softmax(const Tensor& x, double scale = 1.0);
/// dx = scale * y (dy - sum(y dy))
Tensor softmax_backward(const Tensor& dy, const Tensor& y, double scale = 1.0);
Tensor log_softmax(const Tensor& x);
/// dx = dy - exp(y) sum(dy)
Tensor log_softmax_backward(const Tensor& dy, const Tensor& y);

}  // namespace core

// Softmax and log-softmax along the last axis, one pass per row, stabilised by the row maximum.
// A row with NaN or only -inf gives NaN.  Sums accumulate in double;
// rows of bf16 are computed in f32.
#pragma once

#include "core/tensor.h"

namespace core {

Tensor softmax(const Tensor& x);
/// dx = y (dy - sum(y dy))
Tensor softmax_backward(const Tensor& dy, const Tensor& y);
Tensor log_softmax(const Tensor& x);
/// dx = dy - exp(y) sum(dy)
Tensor log_softmax_backward(const Tensor& dy, const Tensor& y);

}  // namespace core

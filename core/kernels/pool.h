// Pooling over N,H,W,C images: max with indices, and the mean over H and W.
#pragma once

#include <array>

#include "core/tensor.h"

namespace core {

struct PoolOptions {
  std::array<std::int64_t, 2> kernel{2, 2};
  std::array<std::int64_t, 2> stride{2, 2};
  std::array<std::int64_t, 2> pad{0, 0};  // padding never wins a maximum
};

struct MaxPool {
  Tensor y;       // (N,OH,OW,C)
  Tensor winner;  // s32, same shape: row-major index of the winner in its H,W plane
};
/// Ties go to the first position in row-major order; a NaN in the window wins.
MaxPool max_pool2d(const Tensor& x, const PoolOptions& options);
/// dy flows to the recorded winners.
Tensor max_pool2d_backward(const Tensor& dy, const Tensor& winner, const Shape& x_shape);

/// Mean over H and W.  shapes: (N,H,W,C) -> (N,C); sums in double, f32 for bf16.
Tensor global_mean_pool(const Tensor& x);
/// dx of the type of x.
Tensor global_mean_pool_backward(const Tensor& dy, const Shape& x_shape, DType dtype);

}  // namespace core

// Pooling in f64 over explicit windows: the oracle for core/kernels/pool.
#pragma once

#include <cmath>

#include "core/kernels/pool.h"
#include "core/kernels/reference/index.h"

namespace core::reference {

/// Largest element of each window (padding left out) and its index in the plane.
inline MaxPool max_pool2d(const Tensor& x, const PoolOptions& o, const Shape& y_shape) {
  std::vector<double> y;
  std::vector<std::int32_t> winner;
  for (std::int64_t i = 0; i < y_shape.numel(); ++i) {
    const Index at = index_of(y_shape, i);
    double best = -INFINITY;
    std::int64_t where = -1;
    for (std::int64_t a = 0; a < o.kernel[0]; ++a) {
      for (std::int64_t b = 0; b < o.kernel[1]; ++b) {
        const std::int64_t h = at[1] * o.stride[0] - o.pad[0] + a;
        const std::int64_t w = at[2] * o.stride[1] - o.pad[1] + b;
        if (h < 0 || w < 0 || h >= x.shape()[1] || w >= x.shape()[2]) continue;
        const double v = x.at(position(x.shape(), {at[0], h, w, at[3]}));
        if (where < 0 || v > best || (std::isnan(v) && !std::isnan(best))) {
          best = v;
          where = h * x.shape()[2] + w;
        }
      }
    }
    y.push_back(best);
    winner.push_back(static_cast<std::int32_t>(where));
  }
  return {made(y_shape, y),
          Tensor::of<std::int32_t>(y_shape, std::span<const std::int32_t>(winner))};
}

}  // namespace core::reference

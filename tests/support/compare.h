// Comparing tensors in tests.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "core/tensor.h"

namespace support {

/// max |a - b| / max(1e-30, max |b|): the largest difference relative to the largest value of `b`.
/// NaN anywhere, or different shapes, give infinity.
inline double relative_difference(const core::Tensor& a, const core::Tensor& b) {
  if (!(a.shape() == b.shape())) return INFINITY;
  const std::vector<double> x = a.values(), y = b.values();
  double worst = 0, scale = 1e-30;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(std::isfinite(x[i]) && std::isfinite(y[i]))) return INFINITY;
    worst = std::max(worst, std::abs(x[i] - y[i]));
    scale = std::max(scale, std::abs(y[i]));
  }
  return worst / scale;
}

inline bool same_bits(const core::Tensor& a, const core::Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::equal(a.raw(), a.raw() + a.byte_size(), b.raw());
}

}  // namespace support

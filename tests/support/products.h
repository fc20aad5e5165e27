// Error bounds of sums of products, for tests of convolutions and matrix products.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/tensor.h"

namespace support {

inline core::Tensor doubles(const core::Tensor& t) { return t.to(core::DType::f64); }
/// What a bf16 product sees, as f64.
inline core::Tensor bf16_doubles(const core::Tensor& t) {
  return t.to(core::DType::bf16).to(core::DType::f64);
}
inline core::Tensor magnitudes(const core::Tensor& t) {
  core::Tensor out = doubles(t);
  for (double& v : out.writable<double>()) v = std::abs(v);
  return out;
}

/// Largest |got - truth| in units of the bound (terms + 2) * 2^-24 * magnitude, which holds for any
/// order of summation in f32 (Higham, Accuracy and Stability, 3.1), and of the rounding of a bf16
/// result; `magnitude` is the same sum over absolute values.  Infinity for NaN or differing shapes;
/// correct results stay below 1.
inline double error_in_bounds(const core::Tensor& got, const core::Tensor& truth,
                              const core::Tensor& magnitude, std::int64_t terms) {
  if (!(got.shape() == truth.shape()) || !(got.shape() == magnitude.shape())) return INFINITY;
  const std::vector<double> g = got.values(), t = truth.values(), m = magnitude.values();
  const bool narrow = got.dtype() == core::DType::bf16;
  double worst = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (!std::isfinite(g[i])) return INFINITY;
    const double bound = static_cast<double>(terms + 2) * std::ldexp(m[i], -24) + 1e-37;
    const double rounding = narrow ? std::ldexp(std::abs(t[i]) + bound, -8) : 0;
    worst = std::max(worst, std::abs(g[i] - t[i]) / (bound + rounding));
  }
  return worst;
}

}  // namespace support

// The standard normal distribution, for gelu: as core/kernels/loops/math.h, branch-free, so that loops
// over floats become vector code.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/kernels/loops/math.h"

namespace core::math {

/// 2^y for y <= 0; relative error below 2e-7, but 0 below 2^-126, so that no subnormal numbers
/// follow.  NaN stays NaN.
inline float power_of_two(float y) {
  const float clipped = y < -127.0f ? -127.0f : y;
  const float shifted = clipped + kToInteger;
  const float f = clipped - (shifted - kToInteger);
  const float p = 0.69314700f +
                  f * (0.24022242f + f * (0.055507336f + f * (0.0096715130f + f * 0.0013264727f)));
  const std::uint32_t factor = (std::bit_cast<std::uint32_t>(shifted) << 23) + 0x3F800000u;
  return (1.0f + f * p) * std::bit_cast<float>(factor);
}

/// The standard normal distribution: cdf (absolute error below 2e-7, exactly 0 and 1 far out) and
/// pdf.
template <class T>
struct Normal {
  T cdf, pdf;
};
inline Normal<float> normal(float x) {
  const float e = power_of_two(x * x * -0.72134752f);  // e^(-x^2/2)
  // Phi(-a) = e^(-a^2/2) t P(t), t = 1/(1 + 0.4 a): the form of Hastings, with our own
  // coefficients.
  const float t = 1.0f / (1.0f + 0.4f * std::fabs(x));
  const float p =
      0.15682809f +
      t * (0.18786988f +
           t * (0.015432776f + t * (0.33674225f + t * (-0.25276491f + t * 0.055891950f))));
  const float tail = e * (t * p);
  return {x < 0.0f ? tail : 1.0f - tail, e * 0.39894228f};
}
inline Normal<double> normal(double x) {
  return {0.5 * std::erfc(-x * 0.70710678118654752440),
          0.39894228040143267794 * std::exp(-0.5 * x * x)};
}

}  // namespace core::math

// Scalar math that g++ turns into vector code when it stands in a loop over floats: no branches, no
// tables, no library calls.  The float overloads are ours, the double overloads are <cmath>.
//
// Stated errors are for float results against the exact value and are checked by the tests of
// map_unary.  The polynomials are our own fits (weighted least squares towards the smallest largest
// error), evaluated in pairs (Estrin), which halves the chain of operations that wait for one
// another; argument reductions are the textbook ones (Muller, "Elementary Functions", chapters 5,
// 11).
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace core::math {

inline constexpr float kLn2High = 0.693359375f;    // 355/512: times an exponent it is exact
inline constexpr float kLn2Low = -2.12194440e-4f;  // ln 2 - kLn2High
inline constexpr float kToInteger = 12582912.0f;   // 1.5 * 2^23: adding it rounds to an integer
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// p * 2^k with k the integer that `shifted` = k + kToInteger holds in its low bits, in two factors
/// so that results below the normal range and infinity come out right.
inline float scale_by_power(float p, float shifted) {
  const auto k = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted) -
                                           std::bit_cast<std::uint32_t>(kToInteger));
  const std::int32_t half = k >> 1;
  const auto factor = [](std::int32_t e) {
    return std::bit_cast<float>((static_cast<std::uint32_t>(e) + 127u) << 23);
  };
  return p * factor(half) * factor(k - half);
}

/// e^r for |r| <= 0.35, relative error 4e-9 before rounding.
inline float exp_reduced(float r) {
  const float r2 = r * r;
  const float q = (0.49999994f + 0.16666520f * r) +
                  r2 * ((0.041668408f + 0.0083688991f * r) + 0.0013814213f * r2);
  return 1.0f + (r + r2 * q);
}

/// e^x; relative error below 2e-7; inf above 88.73, 0 below -103.98, NaN stays NaN.
inline float exp(float x) {
  const float c = x < -104.0f ? -104.0f : (x > 89.0f ? 89.0f : x);
  const float shifted = c * 1.44269504f + kToInteger;
  const float n = shifted - kToInteger;
  const float r = (c - n * kLn2High) - n * kLn2Low;
  return scale_by_power(exp_reduced(r), shifted);
}
inline double exp(double x) { return std::exp(x); }

/// x = 2^exponent * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), for finite x > 0.
struct Split {
  float exponent, f;
};
inline Split split(float x) {
  const bool subnormal = x < std::numeric_limits<float>::min();
  const float scaled = x * 8388608.0f;  // 2^23
  const std::uint32_t u = std::bit_cast<std::uint32_t>(subnormal ? scaled : x);
  const std::int32_t k = static_cast<std::int32_t>(u - 0x3F3504F3u) >> 23;  // sqrt(1/2)
  const float m = std::bit_cast<float>(u - (static_cast<std::uint32_t>(k) << 23));
  return {static_cast<float>(k) - (subnormal ? 23.0f : 0.0f), m - 1.0f};
}

/// log(1 + f) - f for the f of `split`, absolute error 1e-8 before rounding.
inline float log_correction(float f) {
  const float f2 = f * f;
  const float low = (0.33333316f - 0.25000826f * f) + f2 * (0.20002374f - 0.16623995f * f);
  const float high = (0.14178842f - 0.13132273f * f) + f2 * (0.12900060f - 0.078726314f * f);
  return f2 * (f * (low + f2 * f2 * high) - 0.5f);
}

/// Natural logarithm; relative error below 2e-7; log 0 = -inf, negative and NaN give NaN.
inline float log(float x) {
  const Split s = split(x);
  const float y = s.exponent * kLn2High + (s.f + (log_correction(s.f) + s.exponent * kLn2Low));
  const float special =
      x == 0.0f ? -kInfinity : (x > 0.0f ? x : std::numeric_limits<float>::quiet_NaN());
  return x > 0.0f && x < kInfinity ? y : special;
}
inline double log(double x) { return std::log(x); }

/// a^p for a >= 0 or NaN; relative error below 1e-6 for |p| <= 8 with results in the normal range.
/// 0^p = 0 for p > 0, 1 for p = 0, inf for p < 0; NaN stays NaN.
inline float pow(float a, float p) {
  const Split s = split(a);
  const float huge = a == 0.0f ? -1e30f : 1e30f;  // the exponents of 0 and infinity
  const float exponent = (a == 0.0f) | (a == kInfinity) ? huge : s.exponent;
  const float log2_m = (s.f + log_correction(s.f)) * 1.44269504f;
  // The whole part of p * log2(a) is taken off before the parts are added, so the large exponent
  // does not cost low bits of the small rest.
  const float whole = p * exponent + p * log2_m;
  const float clipped = whole < -152.0f ? -152.0f : (whole > 130.0f ? 130.0f : whole);
  const float shifted = clipped + kToInteger;
  const float n = shifted - kToInteger;
  const float rest = std::fma(p, exponent, -n) + p * log2_m;
  const float r = (rest < -1.0f ? -1.0f : (rest > 1.0f ? 1.0f : rest)) * 0.69314718f;
  const float y = scale_by_power(exp_reduced(r), shifted);
  return a == a ? y : a;
}
inline double pow(double a, double p) { return std::pow(a, p); }

/// a^p for a in [0, 1] and p >= 0, cheaper than pow: relative error below 1e-6 for p <= 20;
/// 0 for a = 0 and where the result is below 2^-100 (so no subnormal numbers follow).
inline float pow_of_fraction(float a, float p) {
  const Split s = split(a);
  const float log2_m = (s.f + log_correction(s.f)) * 1.44269504f;
  const float whole = p * s.exponent + p * log2_m;
  const float clipped = whole < -101.0f ? -101.0f : whole;
  const float shifted = clipped + kToInteger;
  const float rest = std::fma(p, s.exponent, kToInteger - shifted) + p * log2_m;
  const float r = (rest < -1.0f ? -1.0f : rest) * 0.69314718f;
  const std::uint32_t power = (std::bit_cast<std::uint32_t>(shifted) << 23) + 0x3F800000u;
  const float y = a == 0.0f ? 0.0f : exp_reduced(r) * std::bit_cast<float>(power);
  return whole < -100.0f ? 0.0f : y;
}
inline double pow_of_fraction(double a, double p) { return a == 0 ? 0.0 : std::pow(a, p); }

/// 1 / (1 + e^-x); absolute error below 1.5e-7.
template <class T>
T sigmoid(T x) {
  return T(1) / (T(1) + exp(-x));
}

}  // namespace core::math

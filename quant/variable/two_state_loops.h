// The inner loops of the two-state variables: from learned values to the soft weight, and back.
//
// Everything between is kept in registers: h, the clip, the pull of the regulariser.  A Curve is as
// two_state.h says; its functions are templates over f32 and f64.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "core/kernels/loops/math.h"
#include "quant/variable/rounding_variable.h"

namespace quant {

/// What a curve sees of one weight.
template <class T, int K>
struct Spot {
  T v[K];   // learned values
  T rest;   // W/s - floor(W/s)
  T noise;  // a draw of the logistic distribution, or 0
};

/// The numbers of one run of weights that share a step.
template <class T>
struct RunConstants {
  T scale, zero, lo, hi;
  T factor, exponent;  // power: factor sign(2h-1) |2h-1|^exponent; entropy: factor ln(h / (1-h))
};

enum class PullKind { none, power, entropy };

template <class T>
inline T clip(T x, T lo, T hi) {
  x = x < lo ? lo : x;
  return x > hi ? hi : x;
}

template <class Curve, class T>
inline Spot<T, Curve::kTensors> spot_at(const T* v0, const T* v1, const T* noise, std::int64_t i,
                                        T rest) {
  Spot<T, Curve::kTensors> spot{{}, rest, T(0)};
  spot.v[0] = v0[i];
  if constexpr (Curve::kTensors == 2) spot.v[1] = v1[i];
  if constexpr (Curve::kNoise) spot.noise = noise[i];
  return spot;
}

// Out of line and over restrict pointers: inside a parallel region g++ leaves these loops scalar.
template <class Curve, class T>
[[gnu::noinline]] void soften_run(const T* __restrict w, const T* __restrict v0,
                                  const T* __restrict v1, const T* __restrict noise,
                                  T* __restrict out, std::int64_t n, Curve curve,
                                  RunConstants<T> c) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T t = w[i] / c.scale, floor = std::floor(t);
    const T h = curve.value(spot_at<Curve>(v0, v1, noise, i, t - floor));
    out[i] = c.scale * (clip(floor + h + c.zero, c.lo, c.hi) - c.zero);
  }
}

template <class Curve, PullKind pull, class T>
[[gnu::noinline]] void gradient_run(const T* __restrict w, const T* __restrict v0,
                                    const T* __restrict v1, const T* __restrict noise,
                                    const T* __restrict g, T* __restrict d0, T* __restrict d1,
                                    std::int64_t n, Curve curve, RunConstants<T> c) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T t = w[i] / c.scale, floor = std::floor(t);
    const auto spot = spot_at<Curve>(v0, v1, noise, i, t - floor);
    const T h = curve.value(spot), code = floor + h + c.zero;
    // not `inside ? scale * g[i] : 0`: that load would wait for the comparison
    T dh = g[i] * (code >= c.lo && code <= c.hi ? c.scale : T(0));
    if constexpr (pull == PullKind::power) {
      const T u = T(2) * h - T(1);
      dh += c.factor * std::copysign(core::math::pow_of_fraction(std::fabs(u), c.exponent), u);
    }
    if constexpr (pull == PullKind::entropy) {
      const T x = clip(h, T(kEntropyEdge), T(1 - kEntropyEdge));
      const T slope = c.factor * (core::math::log(x) - core::math::log(T(1) - x));
      dh += x == h ? slope : T(0);
    }
    const auto d = curve.pullback(spot, dh);
    d0[i] = d[0];
    if constexpr (Curve::kTensors == 2) d1[i] = d[1];
  }
}

}  // namespace quant

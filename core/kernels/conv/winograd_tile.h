// The small transforms of Winograd's minimal filtering F(4x4, 3x3): one tile of 4x4 outputs of a
// 3x3 correlation, from 6x6 inputs, by 36 products a pair of channels where the definition takes
// 144.
//
//   Y = At [ (G g Gt) * (Bt d B) ] A       g: 3x3 taps, d: 6x6 inputs, *: element by element
//
// The matrices are those of Toom and Cook for the points 0, +-sqrt 2, +-1/sqrt 2 and infinity: row
// p of Bt holds the coefficients of M(t) / (t - p), of At's transpose the powers of p, and of G the
// powers of p over the product of its distances from the other points; M(t) = t (t^2 - 2) (t^2 -
// 1/2).  These points lose fewer digits than the 0, +-1, +-2 of Lavin and Gray (arXiv 1509.09308),
// from where the method is.  Every function works on one axis; `Lanes` are channels, each lane a
// tile of its own.
#pragma once

#include "core/kernels/loops/each.h"
#include "core/kernels/loops/simd.h"

namespace core::winograd {

inline constexpr int kOut = 4;  // outputs along an axis
inline constexpr int kTaps = 3;
inline constexpr int kIn = kOut + kTaps - 1;
inline constexpr int kPoints = kIn * kIn;

using namespace simd;

inline constexpr float kRoot2 = 1.41421356237309505f;
inline constexpr float kRootHalf = 0.70710678118654752f;

/// Values at the points +-sqrt 2 and +-1/sqrt 2, from what is the same at both signs and what
/// changes.
[[gnu::always_inline]] inline void at_pairs(Lanes even, Lanes odd, Lanes even2, Lanes odd2,
                                            Lanes (&t)[kIn]) {
  t[1] = even + odd;
  t[2] = even - odd;
  t[3] = even2 + odd2;
  t[4] = even2 - odd2;
}

/// Bt d
[[gnu::always_inline]] inline void transform_input(const Lanes (&d)[kIn], Lanes (&t)[kIn]) {
  const Lanes even = d[4] - 0.5f * d[2], odd = kRoot2 * d[3] - kRootHalf * d[1];
  const Lanes even2 = d[4] - 2.0f * d[2], odd2 = kRootHalf * d[3] - kRoot2 * d[1];
  t[0] = d[0] - 2.5f * d[2] + d[4];
  at_pairs(even, odd, even2, odd2, t);
  t[5] = d[1] - 2.5f * d[3] + d[5];
}

/// At m
[[gnu::always_inline]] inline void transform_output(const Lanes (&m)[kIn], Lanes (&y)[kOut]) {
  const Lanes sum = m[1] + m[2], difference = m[1] - m[2];
  const Lanes sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  y[0] = m[0] + sum + sum2;
  y[1] = kRoot2 * difference + kRootHalf * difference2;
  y[2] = 2.0f * sum + 0.5f * sum2;
  y[3] = 2.0f * kRoot2 * difference + 0.5f * kRootHalf * difference2 + m[5];
}

/// A y, the transpose of transform_output
[[gnu::always_inline]] inline void transform_slope(const Lanes (&y)[kOut], Lanes (&t)[kIn]) {
  const Lanes even = y[0] + 2.0f * y[2], odd = kRoot2 * y[1] + 2.0f * kRoot2 * y[3];
  const Lanes even2 = y[0] + 0.5f * y[2], odd2 = kRootHalf * y[1] + 0.5f * kRootHalf * y[3];
  t[0] = y[0];
  at_pairs(even, odd, even2, odd2, t);
  t[5] = y[3];
}

/// G g
[[gnu::always_inline]] inline void transform_taps(const Lanes (&g)[kTaps], Lanes (&u)[kIn]) {
  constexpr float kSixth = 1.0f / 6.0f, kThird = 1.0f / 3.0f;
  const Lanes even = kSixth * g[0] + kThird * g[2], odd = kRoot2 * kSixth * g[1];
  const Lanes even2 = -2.0f * kThird * g[0] - kThird * g[2], odd2 = -kRoot2 * kThird * g[1];
  u[0] = g[0];
  at_pairs(even, odd, even2, odd2, u);
  u[5] = g[2];
}

/// Gt p, the transpose of transform_taps
[[gnu::always_inline]] inline void transform_tap_slope(const Lanes (&p)[kIn], Lanes (&g)[kTaps]) {
  constexpr float kSixth = 1.0f / 6.0f, kThird = 1.0f / 3.0f;
  const Lanes sum = p[1] + p[2], sum2 = p[3] + p[4];
  g[0] = p[0] + kSixth * sum - 2.0f * kThird * sum2;
  g[1] = kRoot2 * kSixth * (p[1] - p[2]) - kRoot2 * kThird * (p[3] - p[4]);
  g[2] = kThird * sum - kThird * sum2 + p[5];
}

/// Both axes of a square of From x From vectors at(y, x): `along` on every column, then on every
/// row; put(y, x, v) takes the To x To that come out.
template <int From, int To, class At, class Along, class Put>
[[gnu::always_inline]] inline void both_axes(At&& at, Along&& along, Put&& put) {
  Lanes half[To][From];
  each<From>([&](auto x) {
    Lanes column[From], made[To];
    each<From>([&](auto y) { column[y] = at(y, x); });
    along(column, made);
    each<To>([&](auto y) { half[y][x] = made[y]; });
  });
  each<To>([&](auto y) {
    Lanes made[To];
    along(half[y], made);
    each<To>([&](auto x) { put(y, x, made[x]); });
  });
}

}  // namespace core::winograd

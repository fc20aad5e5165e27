// for_row: a pass over one row in vectors, for kernels that pass over each row of the last axis
// more than once while it is in the nearest cache.
//
//   for_row<E>(n, [&](auto at) { at.put(y, (at(x) - mean) * inv * at(gamma)); });
//
// at(p) reads what stands in this place of p, at.put(p, v) writes it there: vectors of float for
// rows of f32 and bf16, single numbers for f64.  `from_room` and `to_room` do so with a row of
// room_width<E>(n) numbers for results in between, where what lies behind n holds something, too:
// what was written in part of a vector cannot be read back without waiting.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/kernels/loops/simd.h"

namespace core {

struct DoubleAt {
  std::int64_t i;
  double operator()(const double* p, double /*rest*/ = 0) const { return p[i]; }
  void put(double* p, double v) const { p[i] = v; }
  double from_room(const double* room) const { return room[i]; }
  void to_room(double* room, double v) const { room[i] = v; }
  void add(double* sums, double v) const { sums[i] += v; }
};

struct LanesAt {
  std::int64_t i;
  template <class E>
  simd::Lanes operator()(const E* p, float /*rest*/ = 0) const {
    return simd::read(p + i);
  }
  template <class E>
  void put(E* p, simd::Lanes v) const {
    simd::write(p + i, v);
  }
  simd::Lanes from_room(const float* room) const { return simd::read(room + i); }
  void to_room(float* room, simd::Lanes v) const { simd::write(room + i, v); }
  /// Adds to sums in double.
  void add(double* sums, simd::Lanes v) const { simd::add(sums + i, v); }
};

/// The last elements of a row, fewer than kLanes; `rest` is what the other lanes read.
struct SomeLanesAt : LanesAt {
  std::int64_t count;
  template <class E>
  simd::Lanes operator()(const E* p, float rest = 0) const {
    return simd::read_some(p + i, count, rest);
  }
  template <class E>
  void put(E* p, simd::Lanes v) const {
    simd::write_some(p + i, v, count);
  }
  void add(double* sums, simd::Lanes v) const {
    for (std::int64_t l = 0; l < count; ++l) sums[i + l] += static_cast<double>(v[l]);
  }
};

template <class E, class Fn>
inline void for_row(std::int64_t n, Fn fn) {
  std::int64_t i = 0;
  if constexpr (std::is_same_v<E, double>) {
    for (; i < n; ++i) fn(DoubleAt{i});
  } else {
    for (; i + simd::kLanes <= n; i += simd::kLanes) fn(LanesAt{i});
    if (i < n) fn(SomeLanesAt{{i}, n - i});
  }
}

template <class E>
inline std::int64_t room_width(std::int64_t n) {
  constexpr std::int64_t kUnit = std::is_same_v<E, double> ? 1 : simd::kLanes;
  return (n + kUnit - 1) / kUnit * kUnit;
}

}  // namespace core

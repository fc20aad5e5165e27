// Reductions over one contiguous row in a fixed order: 16 lanes in double (element i goes to lane
// i mod 16), combined pairwise.  Written with vector types because without -ffast-math a compiler
// may not reorder a plain sum; the order depends on the length only, never on threads.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include "core/kernels/element.h"

namespace core {

template <class T>
struct Four {
  typedef T type __attribute__((vector_size(4 * sizeof(T))));  // `using` drops what depends on T
};
using Double4 = Four<double>::type;
#ifdef __AVX512F__
template <class T>
struct Eight {
  typedef T type __attribute__((vector_size(8 * sizeof(T))));
};
#endif

/// Reads as many elements as a `Vector` has as double: the argument of the function given to
/// lane_sum.
template <template <class> class Vector>
struct VectorAt {
  std::int64_t i;
  template <class T>
  auto operator()(const T* p) const {
    typename Vector<T>::type v;
    std::memcpy(&v, p + i, sizeof v);
    return __builtin_convertvector(v, typename Vector<double>::type);
  }
  auto operator()(const bf16* p) const {
    typename Vector<std::uint16_t>::type v;
    std::memcpy(&v, p + i, sizeof v);
    const auto wide = __builtin_convertvector(v, typename Vector<std::uint32_t>::type) << 16;
    typename Vector<float>::type f;
    std::memcpy(&f, &wide, sizeof f);
    return __builtin_convertvector(f, typename Vector<double>::type);
  }
};
struct OneAt {
  std::int64_t i;
  template <class T>
  double operator()(const T* p) const {
    return static_cast<double>(load(p[i]));
  }
};

/// The sums of lanes 0-3, 4-7, 8-11 and 12-15.
struct LaneSums {
  Double4 quarter[4] = {};

  /// Adds term(at) for the elements before `n` that fill all lanes; their number.
  template <class Term>
  std::int64_t add(std::int64_t n, Term term) {
    std::int64_t i = 0;
#ifdef __AVX512F__
    Eight<double>::type half[2] = {};
    for (; i + 16 <= n; i += 16) {
      half[0] += term(VectorAt<Eight>{i});
      half[1] += term(VectorAt<Eight>{i + 8});
    }
    std::memcpy(quarter, half, sizeof quarter);
#else
    for (; i + 16 <= n; i += 16) {
      quarter[0] += term(VectorAt<Four>{i});
      quarter[1] += term(VectorAt<Four>{i + 4});
      quarter[2] += term(VectorAt<Four>{i + 8});
      quarter[3] += term(VectorAt<Four>{i + 12});
    }
#endif
    return i;
  }
};

/// Sum of term(at) over [0, n): `term` is a generic lambda such as [&](auto at) { return at(x) *
/// at(y); }.
template <class Term>
inline double lane_sum(std::int64_t n, Term term) {
  LaneSums lanes;
  std::int64_t i = lanes.add(n, term);
  auto& [a, b, c, d] = lanes.quarter;
  for (; i + 4 <= n; i += 4) a += term(VectorAt<Four>{i});
  double tail = 0;
  for (; i < n; ++i) tail += term(OneAt{i});
  const Double4 s = (a + b) + (c + d);
  return ((s[0] + s[1]) + (s[2] + s[3])) + tail;
}

/// The element of a row that no other beats (`beats(a, b)`: a wins over b), starting from `worst`;
/// NaN elements are passed over.
template <class T, class Beats>
inline T lane_best(const T* x, std::int64_t n, T worst, Beats beats) {
  constexpr int kWidth = 32 / static_cast<int>(sizeof(T));
  typedef T V __attribute__((vector_size(32)));
  V a = V{} + worst, b = a;
  std::int64_t i = 0;
  for (; i + 2 * kWidth <= n; i += 2 * kWidth) {
    V u, v;
    std::memcpy(&u, x + i, sizeof u);
    std::memcpy(&v, x + i + kWidth, sizeof v);
    a = beats(u, a) ? u : a;
    b = beats(v, b) ? v : b;
  }
  a = beats(b, a) ? b : a;
  T best = worst;
  for (int l = 0; l < kWidth; ++l) best = beats(a[l], best) ? a[l] : best;
  for (; i < n; ++i) best = beats(x[i], best) ? x[i] : best;
  return best;
}
/// Largest and smallest value of a row; -infinity and infinity for an empty one.
template <class T>
inline T lane_max(const T* x, std::int64_t n) {
  const auto larger = [](auto a, auto b) { return a > b; };
  return lane_best(x, n, -std::numeric_limits<T>::infinity(), larger);
}
template <class T>
inline T lane_min(const T* x, std::int64_t n) {
  const auto smaller = [](auto a, auto b) { return a < b; };
  return lane_best(x, n, std::numeric_limits<T>::infinity(), smaller);
}

}  // namespace core

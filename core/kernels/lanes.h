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
template <class T>
struct Eight {
  typedef T type __attribute__((vector_size(8 * sizeof(T))));
};

/// Reads four or eight elements as double: the argument of the function given to lane_sum.
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

using Double4 = Four<double>::type;
using Double8 = Eight<double>::type;
inline Double4 first_half(Double8 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3); }
inline Double4 second_half(Double8 v) { return __builtin_shufflevector(v, v, 4, 5, 6, 7); }

/// Sum of term(at) over [0, n): `term` is a generic lambda such as [&](auto at) { return at(x) *
/// at(y); }.
template <class Term>
inline double lane_sum(std::int64_t n, Term term) {
  Double8 low{}, high{};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    low += term(VectorAt<Eight>{i});
    high += term(VectorAt<Eight>{i + 8});
  }
  Double4 a = first_half(low);
  for (; i + 4 <= n; i += 4) a += term(VectorAt<Four>{i});
  double tail = 0;
  for (; i < n; ++i) tail += term(OneAt{i});
  const Double4 s = (a + second_half(low)) + (first_half(high) + second_half(high));
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

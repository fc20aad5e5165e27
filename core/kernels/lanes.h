// Reductions over one contiguous row in a fixed order: 16 lanes in double (element i goes to lane
// i mod 16), combined pairwise.  Written with vector types because without -ffast-math a compiler
// may not reorder a plain sum; the order depends on the length only, never on threads.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include "core/kernels/element.h"

namespace core {

using Double4 = double __attribute__((vector_size(32)));

/// Reads four elements, or one, as double: the argument of the function given to lane_sum.
struct FourAt {
  std::int64_t i;
  template <class T>
  Double4 operator()(const T* p) const {
    typedef T T4 __attribute__((vector_size(4 * sizeof(T))));  // `using` drops it for dependent T
    T4 v;
    std::memcpy(&v, p + i, sizeof v);
    return __builtin_convertvector(v, Double4);
  }
  Double4 operator()(const bf16* p) const {
    typedef std::uint16_t Short4 __attribute__((vector_size(8)));
    typedef std::uint32_t Word4 __attribute__((vector_size(16)));
    typedef float Float4 __attribute__((vector_size(16)));
    Short4 v;
    std::memcpy(&v, p + i, sizeof v);
    const Word4 wide = __builtin_convertvector(v, Word4) << 16;
    Float4 f;
    std::memcpy(&f, &wide, sizeof f);
    return __builtin_convertvector(f, Double4);
  }
};
struct OneAt {
  std::int64_t i;
  template <class T>
  double operator()(const T* p) const {
    return static_cast<double>(load(p[i]));
  }
};

/// Sum of term(at) over [0, n): `term` is a generic lambda such as [&](auto at) { return at(x) *
/// at(y); }.
template <class Term>
inline double lane_sum(std::int64_t n, Term term) {
  Double4 a{}, b{}, c{}, d{};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    a += term(FourAt{i});
    b += term(FourAt{i + 4});
    c += term(FourAt{i + 8});
    d += term(FourAt{i + 12});
  }
  for (; i + 4 <= n; i += 4) a += term(FourAt{i});
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

// Reductions over one contiguous row in a fixed order: 16 lanes in double (element i goes to lane
// i mod 16), combined pairwise.  Written with vector types because without -ffast-math a compiler
// may not reorder a plain sum; the order depends on the length only, never on threads.
#pragma once

#include <cstdint>
#include <cstring>

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
};
struct OneAt {
  std::int64_t i;
  template <class T>
  double operator()(const T* p) const {
    return static_cast<double>(p[i]);
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

/// Largest value of a row; NaN elements are passed over; -infinity for an empty row.
template <class T>
inline T lane_max(const T* x, std::int64_t n) {
  constexpr int kWidth = 32 / static_cast<int>(sizeof(T));
  typedef T V __attribute__((vector_size(32)));
  const T lowest = static_cast<T>(-__builtin_inf());
  V a = V{} + lowest, b = a;
  std::int64_t i = 0;
  for (; i + 2 * kWidth <= n; i += 2 * kWidth) {
    V u, v;
    std::memcpy(&u, x + i, sizeof u);
    std::memcpy(&v, x + i + kWidth, sizeof v);
    a = u > a ? u : a;
    b = v > b ? v : b;
  }
  a = b > a ? b : a;
  T best = lowest;
  for (int l = 0; l < kWidth; ++l) best = a[l] > best ? a[l] : best;
  for (; i < n; ++i) best = x[i] > best ? x[i] : best;
  return best;
}

}  // namespace core

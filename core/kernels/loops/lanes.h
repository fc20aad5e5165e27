// Reductions over one contiguous row in a fixed order: 16 lanes in double (element i goes to lane
// i mod 16), combined pairwise.  Written with vector types because without -ffast-math a compiler
// may not reorder a plain sum; the order depends on the length only, never on threads.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/element.h"
#include "core/kernels/loops/simd.h"

namespace core {

typedef double Double4 __attribute__((vector_size(32)));

/// The end of lane_sum: quarter k holds the sums of lanes 4k to 4k + 3.
inline double sum_of_quarters(const Double4 (&quarter)[4]) {
  const Double4 s = (quarter[0] + quarter[1]) + (quarter[2] + quarter[3]);
  return (s[0] + s[1]) + (s[2] + s[3]);
}

// lane_sum(n, term) is the sum of term(at) over [0, n): `term` is a generic lambda such as
// [&](auto at) { return at(x) * at(y); }, at(p) what stands in this place of p, as double.
#if defined(__AVX512BW__) && defined(__AVX512VL__)
typedef double Double8 __attribute__((vector_size(64)));

struct EightAt {
  std::int64_t i;
  Double8 operator()(const float* p) const { return doubles(_mm256_loadu_ps(p + i)); }
  Double8 operator()(const double* p) const { return (Double8)_mm512_loadu_pd(p + i); }
  Double8 operator()(const bf16* p) const {
    return doubles(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + i)));
  }
  static Double8 doubles(__m256 v) { return (Double8)_mm512_maskz_cvtps_pd(simd::kAll8, v); }
  static Double8 doubles(__m128i bits) {
    return doubles((__m256)_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
  }
};
/// For the first ones of eight; the others read as 0.
struct SomeAt {
  std::int64_t i;
  __mmask8 mask;
  Double8 operator()(const float* p) const {
    return EightAt::doubles(_mm256_maskz_loadu_ps(mask, p + i));
  }
  Double8 operator()(const double* p) const { return (Double8)_mm512_maskz_loadu_pd(mask, p + i); }
  Double8 operator()(const bf16* p) const {
    return EightAt::doubles(_mm_maskz_loadu_epi16(mask, p + i));
  }
};

template <class Term>
inline double lane_sum(std::int64_t n, Term term) {
  Double8 low = {}, high = {};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    low += term(EightAt{i});
    high += term(EightAt{i + 8});
  }
  const auto some = [&](std::int64_t begin) {
    const auto mask = static_cast<__mmask8>((1u << (n - begin)) - 1u);
    return (Double8)_mm512_maskz_mov_pd(mask, (__m512d)term(SomeAt{begin, mask}));
  };
  if (i < n) low += some(i);
  if (i + 8 < n) high += some(i + 8);
  Double4 quarter[4];
  std::memcpy(quarter, &low, sizeof low);
  std::memcpy(quarter + 2, &high, sizeof high);
  return sum_of_quarters(quarter);
}
#else
struct FourAt {
  std::int64_t i;
  template <class E>
  Double4 operator()(const E* p) const {
    typedef Arithmetic<E> V __attribute__((vector_size(4 * sizeof(Arithmetic<E>))));
    const V v = {load(p[i]), load(p[i + 1]), load(p[i + 2]), load(p[i + 3])};
    return __builtin_convertvector(v, Double4);
  }
#ifdef __AVX__
  Double4 operator()(const float* p) const { return (Double4)_mm256_cvtps_pd(_mm_loadu_ps(p + i)); }
#endif
};
struct OneAt {
  std::int64_t i;
  template <class E>
  double operator()(const E* p) const {
    return static_cast<double>(load(p[i]));
  }
};

template <class Term>
inline double lane_sum(std::int64_t n, Term term) {
  Double4 a = {}, b = {}, c = {}, d = {};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    a += term(FourAt{i});
    b += term(FourAt{i + 4});
    c += term(FourAt{i + 8});
    d += term(FourAt{i + 12});
  }
  Double4 quarter[4] = {a, b, c, d};
  for (; i + 4 <= n; i += 4) quarter[i / 4 % 4] += term(FourAt{i});
  for (; i < n; ++i) quarter[i / 4 % 4][i % 4] += term(OneAt{i});
  return sum_of_quarters(quarter);
}
#endif

/// The element of a row that no other beats (`beats(a, b)`: a wins over b), starting from `worst`;
/// NaN elements are passed over.
template <class E, class Beats>
inline Arithmetic<E> lane_best(const E* x, std::int64_t n, Arithmetic<E> worst, Beats beats) {
  const auto of_two = [&](auto a, auto b) { return beats(a, b) ? a : b; };
  std::int64_t i = 0;
  if constexpr (std::is_same_v<E, double>) {
    double best = worst;
    for (; i < n; ++i) best = of_two(x[i], best);
    return best;
  } else {
    simd::Lanes best = simd::Lanes{} + worst;
    for (; i + simd::kLanes <= n; i += simd::kLanes) best = of_two(simd::read(x + i), best);
    if (i < n) best = of_two(simd::read_some(x + i, n - i, worst), best);
    return simd::fold(best, of_two);
  }
}
/// Largest and smallest value of a row; -infinity and infinity for an empty one.
template <class E>
inline Arithmetic<E> lane_max(const E* x, std::int64_t n) {
  const auto larger = [](auto a, auto b) { return a > b; };
  return lane_best(x, n, -std::numeric_limits<Arithmetic<E>>::infinity(), larger);
}
template <class E>
inline Arithmetic<E> lane_min(const E* x, std::int64_t n) {
  const auto smaller = [](auto a, auto b) { return a < b; };
  return lane_best(x, n, std::numeric_limits<Arithmetic<E>>::infinity(), smaller);
}

}  // namespace core

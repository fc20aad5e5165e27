// Vectors of as many floats as a register of the processor holds, and what the kernels that are
// written with them read and write: for loops where g++ does not find the vectors itself.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#ifdef __AVX__
#include <immintrin.h>
#endif

#include "core/dtype.h"

namespace core::simd {

#ifdef __AVX512F__
inline constexpr int kLanes = 16;
// Conversions are intrinsics where g++ 12 would cut its own into halves; with a mask, which costs
// nothing when it is full, as it warns of its header's forms without.
inline constexpr __mmask16 kAll16 = 0xFFFF;
inline constexpr __mmask8 kAll8 = 0xFF;
#else
inline constexpr int kLanes = 8;
#endif
typedef float Lanes __attribute__((vector_size(4 * kLanes)));
typedef std::uint32_t Bits __attribute__((vector_size(4 * kLanes)));
typedef std::uint16_t Halves __attribute__((vector_size(2 * kLanes)));  // bits of bf16

template <class Vector, class T>
Vector read_as(const T* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class Vector, class T>
void write(T* p, Vector v) {
  std::memcpy(p, &v, sizeof v);
}

inline Lanes read(const float* p) { return read_as<Lanes>(p); }
/// The floats of the bits of bf16.
inline Lanes wide(Halves h) {
#ifdef __AVX512F__
  return (Lanes)((Bits)_mm512_maskz_cvtepu16_epi32(kAll16, (__m256i)h) << 16);
#else
  return (Lanes)(__builtin_convertvector(h, Bits) << 16);
#endif
}
inline Lanes read(const bf16* p) { return wide(read_as<Halves>(&p->bits)); }
/// Rounds as bf16(float) does.
inline Halves narrow(Lanes v) {
  const Bits bits = (Bits)v;
  const Bits rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  const Bits quiet = (bits >> 16) | 0x40u;
  return __builtin_convertvector((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded, Halves);
}
inline void write(bf16* p, Lanes v) { write(&p->bits, narrow(v)); }

/// sums += v
inline void add(double* sums, Lanes v) {
#ifdef __AVX512F__
  __m256 half[2];
  std::memcpy(half, &v, sizeof v);
  for (const __m256 h : half) {
    _mm512_storeu_pd(sums, _mm512_loadu_pd(sums) + _mm512_maskz_cvtps_pd(kAll8, h));
    sums += 8;
  }
#else
  for (int l = 0; l < kLanes; ++l) sums[l] += static_cast<double>(v[l]);
#endif
}

template <int kBy, int... kLane>
Lanes rotated(Lanes v, std::integer_sequence<int, kLane...>) {
  return __builtin_shufflevector(v, v, (kLane + kBy) % kLanes...);
}
/// One of the lanes: what of_two chooses of the halves, of the halves of that and so on.
template <int kHalf = kLanes / 2, class OfTwo>
float fold(Lanes v, OfTwo of_two) {
  const Lanes chosen = of_two(v, rotated<kHalf>(v, std::make_integer_sequence<int, kLanes>()));
  if constexpr (kHalf > 1) {
    return fold<kHalf / 2>(chosen, of_two);
  } else {
    return chosen[0];
  }
}

// The first `count` of kLanes elements, 0 < count < kLanes; reading leaves `rest` in the others.
#if defined(__AVX512BW__) && defined(__AVX512VL__)
inline unsigned mask_of(std::int64_t count) { return (1u << count) - 1u; }
inline Lanes read_some(const float* p, std::int64_t count, float rest) {
  return (Lanes)_mm512_mask_loadu_ps(_mm512_set1_ps(rest), static_cast<__mmask16>(mask_of(count)),
                                     p);
}
inline Lanes read_some(const bf16* p, std::int64_t count, float rest) {
  const auto others = _mm256_set1_epi16(static_cast<short>(bf16(rest).bits));
  return wide((Halves)_mm256_mask_loadu_epi16(others, static_cast<__mmask16>(mask_of(count)), p));
}
inline void write_some(float* p, Lanes v, std::int64_t count) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>(mask_of(count)), (__m512)v);
}
inline void write_some(bf16* p, Lanes v, std::int64_t count) {
  _mm256_mask_storeu_epi16(p, static_cast<__mmask16>(mask_of(count)), (__m256i)narrow(v));
}
#else
template <class E>
Lanes read_some(const E* p, std::int64_t count, float rest) {
  E whole[kLanes];
  for (E& e : whole) e = static_cast<E>(rest);
  std::memcpy(whole, p, static_cast<std::size_t>(count) * sizeof(E));
  return read(whole);
}
template <class E>
void write_some(E* p, Lanes v, std::int64_t count) {
  E whole[kLanes];
  write(whole, v);
  std::memcpy(p, whole, static_cast<std::size_t>(count) * sizeof(E));
}
#endif

}  // namespace core::simd

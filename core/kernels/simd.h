// Vectors of as many floats as a register of the processor holds, and what the kernels that are
// written with them read and write: for loops where g++ does not find the vectors itself.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/dtype.h"

namespace core::simd {

#ifdef __AVX512F__
inline constexpr int kLanes = 16;
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
inline Lanes wide(Halves h) { return (Lanes)(__builtin_convertvector(h, Bits) << 16); }
inline Lanes read(const bf16* p) { return wide(read_as<Halves>(&p->bits)); }
/// Rounds as bf16(float) does.
inline void write(bf16* p, Lanes v) {
  const Bits bits = (Bits)v;
  const Bits rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  const Bits quiet = (bits >> 16) | 0x40u;
  write(&p->bits,
        __builtin_convertvector((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded, Halves));
}

}  // namespace core::simd

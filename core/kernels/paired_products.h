// The inner products of weight gradients from pairs of bf16 values, sums kept in registers; and the
// interleaving before them.  Part of paired.cpp, which cuts the work.
#pragma once

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>

#include "core/dtype.h"
#include "core/kernels/each.h"

namespace core::paired {

using Index = std::int64_t;

#ifdef __AVX512F__
inline constexpr int kLanes = 16;
#else
inline constexpr int kLanes = 8;
#endif
inline constexpr int kDown = 8;     // outputs that are summed together
inline constexpr int kColumns = 3;  // vectors of inputs that are summed together, at most

typedef float Sums __attribute__((vector_size(4 * kLanes)));
typedef std::uint32_t Pairs __attribute__((vector_size(4 * kLanes)));  // of bf16, first one low
typedef std::uint16_t Halves __attribute__((vector_size(2 * kLanes)));

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

/// sums + a . b of each pair
inline Sums dot(Sums sums, Pairs a, Pairs b) {
#ifdef __AVX512BF16__
  return (Sums)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)b);
#else
  const Pairs high = Pairs{} + 0xFFFF0000u;
  sums += (Sums)(a << 16) * (Sums)(b << 16);
  return sums + (Sums)(a & high) * (Sums)(b & high);
#endif
}

/// p (8 outputs, Columns vectors of inputs, lines `line` apart) = or += sums over `rows` rows of
/// `pairs` pairs of x (pairs, Columns, kLanes), rows `x_row` apart, and 8 columns of d (rows,
/// pairs, kLanes).
template <int Columns>
void add_products(const std::uint32_t* x, Index x_row, const std::uint32_t* d, Index rows,
                  Index pairs, float* p, Index line, bool fresh) {
  Sums sum[kDown][Columns];
  each<kDown>([&](auto k) {
    each<Columns>(
        [&](auto c) { sum[k][c] = fresh ? Sums{} : read_as<Sums>(p + k * line + c * kLanes); });
  });
  for (Index row = 0; row < rows; ++row, x += x_row) {
    const std::uint32_t* at = x;
    for (Index pair = 0; pair < pairs; ++pair, at += Columns * kLanes, d += kLanes) {
      Pairs seen[Columns];
      each<Columns>([&](auto c) { seen[c] = read_as<Pairs>(at + c * kLanes); });
      each<kDown>([&](auto k) {
        const Pairs slope = Pairs{} + d[k];
        each<Columns>([&](auto c) { sum[k][c] = dot(sum[k][c], seen[c], slope); });
      });
    }
  }
  each<kDown>(
      [&](auto k) { each<Columns>([&](auto c) { write(p + k * line + c * kLanes, sum[k][c]); }); });
}

inline Halves read(const bf16* p) { return read_as<Halves>(&p->bits); }
/// The first `count` values, then zeros.
inline Halves read_some(const bf16* p, Index count) {
  std::uint16_t out[kLanes]{};
  for (Index i = 0; i < count; ++i) out[i] = p[i].bits;
  return read_as<Halves>(out);
}

inline Pairs interleave(Halves a, Halves b) {
#ifdef __AVX512F__
  return (Pairs)__builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7,
                                        23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
                                        15, 31);
#else
  return __builtin_convertvector(a, Pairs) | __builtin_convertvector(b, Pairs) << 16;
#endif
}

}  // namespace core::paired

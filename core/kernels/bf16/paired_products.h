// Inner products of pairs of bf16 values, sums kept in registers, and the interleaving before them.
// Part of paired.cpp (weight gradients) and paired_linear.cpp, which cut the work.
#pragma once

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstdint>

#include "core/kernels/loops/each.h"
#include "core/kernels/loops/simd.h"

namespace core::paired {

using Index = std::int64_t;

using namespace simd;

inline constexpr int kDown = 8;     // lines of results that are summed together
inline constexpr int kColumns = 3;  // vectors of them, at most

inline Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

/// Columns, of whole vectors, in groups of three vectors; where that does not come out even the
/// last groups have two, or one.
struct Groups {
  explicit Groups(Index vectors) : vectors(vectors), count(ceil_div(vectors, kColumns)) {}
  Index vectors, count;

  Index begin(Index group) const {
    const Index left = count - group;
    const bool twos = vectors % kColumns == 1 && vectors > 1;
    if (twos && left == 1) return vectors - 2;
    return group == count ? vectors : group * kColumns;
  }
};

/// sums + a . b of each pair
inline Lanes dot(Lanes sums, Bits a, Bits b) {
#ifdef __AVX512BF16__
  return (Lanes)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)b);
#else
  const Bits high = Bits{} + 0xFFFF0000u;
  sums += (Lanes)(a << 16) * (Lanes)(b << 16);
  return sums + (Lanes)(a & high) * (Lanes)(b & high);
#endif
}

/// p (8 outputs, Columns vectors of inputs, lines `line` apart) = or += sums over `rows` rows of
/// `pairs` pairs of x (pairs, Columns, kLanes), rows `x_row` apart, and 8 columns of d (rows,
/// pairs, kLanes).
template <int Columns>
void add_products(const std::uint32_t* x, Index x_row, const std::uint32_t* d, Index rows,
                  Index pairs, float* p, Index line, bool fresh) {
  Lanes sum[kDown][Columns];
  each<kDown>([&](auto k) {
    each<Columns>(
        [&](auto c) { sum[k][c] = fresh ? Lanes{} : read_as<Lanes>(p + k * line + c * kLanes); });
  });
  for (Index row = 0; row < rows; ++row, x += x_row) {
    const std::uint32_t* at = x;
    for (Index pair = 0; pair < pairs; ++pair, at += Columns * kLanes, d += kLanes) {
      Bits seen[Columns];
      each<Columns>([&](auto c) { seen[c] = read_as<Bits>(at + c * kLanes); });
      each<kDown>([&](auto k) {
        const Bits slope = Bits{} + d[k];
        each<Columns>([&](auto c) { sum[k][c] = dot(sum[k][c], seen[c], slope); });
      });
    }
  }
  each<kDown>(
      [&](auto k) { each<Columns>([&](auto c) { write(p + k * line + c * kLanes, sum[k][c]); }); });
}

/// Rows of activations that are fetched while others are multiplied.
struct Ahead {
  const bf16* rows;
  Index count;
};

/// y (Rows, Columns vectors), lines `y_line` apart, = bias (or nullptr: 0) + the sums over `pairs`
/// pairs of x, rows `x_line` apart, and w (pairs, Columns, kLanes).
template <int Rows, int Columns>
void row_products(const bf16* x, Index x_line, const std::uint32_t* w, Index pairs,
                  const float* bias, bf16* y, Index y_line, Ahead ahead) {
  constexpr Index kRun = 16;  // pairs of a line of the cache
  Lanes sum[Rows][Columns];
  each<Rows>([&](auto r) {
    each<Columns>([&](auto c) { sum[r][c] = bias ? read(bias + c * kLanes) : Lanes{}; });
  });
  for (Index run = 0; run < pairs; run += kRun) {
    for (Index r = 0; r < ahead.count; ++r) __builtin_prefetch(ahead.rows + r * x_line + 2 * run);
    for (Index pair = run; pair < std::min(pairs, run + kRun); ++pair, w += Columns * kLanes) {
      Bits weights[Columns];
      each<Columns>([&](auto c) { weights[c] = read_as<Bits>(w + c * kLanes); });
      each<Rows>([&](auto r) {
        const Bits seen = Bits{} + read_as<std::uint32_t>(x + r * x_line + 2 * pair);
        each<Columns>([&](auto c) { sum[r][c] = dot(sum[r][c], weights[c], seen); });
      });
    }
  }
  each<Rows>([&](auto r) {
    each<Columns>([&](auto c) { write(y + r * y_line + c * kLanes, sum[r][c]); });
  });
}

inline Halves halves(const bf16* p) { return read_as<Halves>(&p->bits); }
/// The first `count` values, then zeros.
inline Halves some_halves(const bf16* p, Index count) {
  std::uint16_t out[kLanes]{};
  for (Index i = 0; i < count; ++i) out[i] = p[i].bits;
  return read_as<Halves>(out);
}

inline Bits interleave(Halves a, Halves b) {
#ifdef __AVX512F__
  return (Bits)__builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                                       8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                       31);
#else
  return __builtin_convertvector(a, Bits) | __builtin_convertvector(b, Bits) << 16;
#endif
}

}  // namespace core::paired

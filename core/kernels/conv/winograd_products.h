// The inner products of Winograd's convolution: for each of the 36 points a product of matrices,
// sums kept in registers.
//
// Tiles and channels lie as (channels / kLanes, tiles, kLanes).  Part of winograd.cpp, which cuts
// the work.
#pragma once

#include "core/kernels/conv/winograd_tile.h"

namespace core::winograd {

using Index = std::int64_t;

// Registers of the inner products: sums of kRows tiles, one or two vectors of channels each.
#ifdef __AVX512F__
inline constexpr int kRows = 12;
#else
inline constexpr int kRows = 4;
#endif
inline constexpr Index kRest = 4;  // tiles of a thread are rounded up to this many

/// Vectors of channels that are summed together.
inline int columns_of(Index channels) { return channels % (2 * kLanes) == 0 ? 2 : 1; }

/// Rows tiles times `Columns` vectors of outputs; inputs and outputs are `stride` apart from one
/// vector of channels to the next.
template <int Rows, int Columns>
void multiply_some(const float* v, Index inputs, const float* u, float* m, Index stride) {
  Lanes sum[Rows][Columns];
  each<Rows>([&](auto r) { each<Columns>([&](auto c) { sum[r][c] = Lanes{}; }); });
  for (Index i = 0; i < inputs; i += kLanes, v += stride) {
    for (int k = 0; k < kLanes; ++k, u += Columns * kLanes) {
      Lanes weight[Columns];
      each<Columns>([&](auto c) { weight[c] = read(u + c * kLanes); });
      each<Rows>([&](auto r) {
        each<Columns>([&](auto c) { sum[r][c] += v[r * kLanes + k] * weight[c]; });
      });
    }
  }
  each<Columns>(
      [&](auto c) { each<Rows>([&](auto r) { write(m + c * stride + r * kLanes, sum[r][c]); }); });
}

/// m (outputs, tiles) = u times v (inputs, tiles) for one of the 36 points; tiles is a multiple of
/// kRest.
template <int Columns>
void multiply(const float* v, Index tiles, Index inputs, const float* u, Index outputs, float* m) {
  for (Index o = 0; o < outputs; o += Columns * kLanes) {
    const auto some = [&](Index t, auto multiply_rows) {
      multiply_rows(v + t * kLanes, inputs, u + o * inputs, m + o * tiles + t * kLanes,
                    tiles * kLanes);
    };
    Index t = 0;
    for (; t + kRows <= tiles; t += kRows) some(t, multiply_some<kRows, Columns>);
    if (t + 2 * kRest == tiles)
      some(t, multiply_some<2 * kRest, Columns>);
    else if (t < tiles)
      some(t, multiply_some<kRest, Columns>);
  }
}
static_assert(kRows <= 3 * kRest && kRows % kRest == 0);

/// Weight gradients of kLanes / Columns inputs x `Columns` vectors of outputs; `fresh`: p is empty.
template <int Columns>
void accumulate_some(const float* v, const float* d, Index tiles, float* p, Index outputs,
                     bool fresh) {
  constexpr int kDown = kLanes / Columns;
  Lanes sum[kDown][Columns];
  each<kDown>([&](auto r) {
    each<Columns>(
        [&](auto c) { sum[r][c] = fresh ? Lanes{} : read(p + r * outputs + c * kLanes); });
  });
  for (Index t = 0; t < tiles; ++t) {
    Lanes slope[Columns];
    each<Columns>([&](auto c) { slope[c] = read(d + (c * tiles + t) * kLanes); });
    each<kDown>(
        [&](auto r) { each<Columns>([&](auto c) { sum[r][c] += v[t * kLanes + r] * slope[c]; }); });
  }
  each<kDown>([&](auto r) {
    each<Columns>([&](auto c) { write(p + r * outputs + c * kLanes, sum[r][c]); });
  });
}

/// p (inputs, outputs) += v dT over tiles, for inputs [begin, end); `fresh`: = instead of +=.
template <int Columns>
void accumulate(const float* v, Index begin, Index end, const float* d, Index outputs, Index tiles,
                float* p, bool fresh) {
  for (Index o = 0; o < outputs; o += Columns * kLanes)
    for (Index i = begin; i < end; i += kLanes / Columns)
      accumulate_some<Columns>(v + i / kLanes * kLanes * tiles + i % kLanes, d + o * tiles, tiles,
                               p + i * outputs + o, outputs, fresh);
}

}  // namespace core::winograd

// Per-channel work on (rows, C) data: how it is cut so that small C still fills vector registers
// and sums come out the same for every number of threads.
//
// Rows are contiguous, so `fold` neighbouring rows are treated as one line of fold * C elements, at
// least 64, with per-channel coefficients repeated to match; column sums are folded back at the
// end. Sums are taken over blocks of a fixed number of rows and combined in order.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/element.h"
#include "core/kernels/loops/odometer.h"
#include "core/system/threads.h"
#include "core/tensor.h"

namespace core {

inline constexpr std::int64_t kMinLine = 64;
inline constexpr std::int64_t kColumnTile = 512;
inline constexpr std::int64_t kBlockElements = 32768;

/// Rows that make one line.
inline std::int64_t line_fold(std::int64_t channels) {
  return channels >= kMinLine ? 1 : (kMinLine + channels - 1) / channels;
}

/// The C values of `v`, converted and repeated line_fold(C) times.
template <class To, class From>
Tensor repeat_for_line(const From* v, std::int64_t channels) {
  const std::int64_t fold = line_fold(channels);
  Tensor out = Tensor::empty(Shape{fold * channels}, dtype_of<To>());
  To* p = out.writable<To>().data();
  for (std::int64_t i = 0; i < fold * channels; ++i) p[i] = static_cast<To>(load(v[i % channels]));
  return out;
}

/// Calls fn(begin, lines, width) on pieces of (rows, C) data in parallel: `lines` lines of `width`
/// elements from flat element `begin`, which is always the start of a row.
template <class Fn>
void for_lines(std::int64_t rows, std::int64_t channels, Fn fn) {
  if (channels == 0) return;
  const std::int64_t fold = line_fold(channels), width = fold * channels;
  const std::int64_t lines = (rows + fold - 1) / fold;
  parallel_for(lines, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t full = std::min(end, rows / fold);
    if (full > begin) fn(begin * width, full - begin, width);
    if (end > full) fn(full * width, std::int64_t{1}, (rows - full * fold) * channels);
  });
}

/// K sums per column of a (A, rows, C) array into out (A, K, C).  fn(begin, column, lines, width,
/// stride, acc) adds `lines` lines of `width` elements, `stride` apart from flat element `begin`,
/// to acc[k * kAccumulators + j] for line position j; `column` is the first column of the line.
inline constexpr std::int64_t kAccumulators = kColumnTile;
template <int K, class Fn>
void column_sums(std::int64_t outer, std::int64_t rows, std::int64_t channels, double* out, Fn fn) {
  const std::int64_t fold = line_fold(channels);
  const std::int64_t tile = std::min(channels, kColumnTile);
  const std::int64_t tiles = (channels + tile - 1) / tile;
  const std::int64_t block = std::max<std::int64_t>(fold, kBlockElements / tile / fold * fold);
  const std::int64_t blocks = std::max<std::int64_t>(1, (rows + block - 1) / block);
  Tensor partial;
  double* sums = out;
  if (blocks > 1) {
    partial = Tensor::empty(Shape{outer * blocks * K * channels}, DType::f64);
    sums = partial.writable<double>().data();
  }
  const std::int64_t item_elements = std::max<std::int64_t>(1, std::min(rows, block) * tile);
  parallel_for(
      outer * blocks * tiles, row_grain(item_elements), [&](std::int64_t begin, std::int64_t end) {
        double acc[K * kAccumulators];
        for (std::int64_t item = begin; item < end; ++item) {
          const std::int64_t column = item % tiles * tile;
          const std::int64_t group = item / tiles;  // (outer, block)
          const std::int64_t first = group % blocks * block;
          const std::int64_t count = std::min(block, rows - first);
          const std::int64_t start = (group / blocks * rows + first) * channels + column;
          const std::int64_t columns = std::min(tile, channels - column);
          const std::int64_t width = columns * fold;
          std::fill(acc, acc + K * kAccumulators, 0.0);
          const std::int64_t full = count / fold, rest = count - full * fold;
          if (full > 0) fn(start, column, full, width, channels * fold, acc);
          if (rest > 0)
            fn(start + full * width, column, std::int64_t{1}, rest * columns, channels, acc);
          for (int k = 0; k < K; ++k) {
            double* to = sums + (group * K + k) * channels + column;
            const double* from = acc + k * kAccumulators;
            std::copy(from, from + columns, to);
            for (std::int64_t j = columns; j < width; ++j) to[j % columns] += from[j];
          }
        }
      });
  if (blocks == 1) return;
  const std::int64_t line = K * channels;
  parallel_for(outer, row_grain(blocks * line), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t a = begin; a < end; ++a) {
      const double* from = sums + a * blocks * line;
      double* to = out + a * line;
      std::copy(from, from + line, to);
      for (std::int64_t b = 1; b < blocks; ++b) {
        for (std::int64_t j = 0; j < line; ++j) to[j] += from[b * line + j];
      }
    }
  });
}

}  // namespace core

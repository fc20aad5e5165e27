#include "quant/grid/codes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/system/threads.h"
#include "quant/grid/level_table.h"

namespace quant {
namespace {

constexpr std::int64_t kGrain = 1 << 14;

void check(std::string_view op, const core::Tensor& x, const QParams& q) {
  const std::int64_t entries = q.scale.numel();
  core::require(op, entries > 0 && q.zero.numel() == entries && x.numel() % entries == 0,
                "entries of scale and zero must agree and divide x; got scale {}, zero {}, x {}",
                q.scale.shape(), q.zero.shape(), x.shape());
  core::require(op, q.scale.dtype() == q.zero.dtype(),
                "scale and zero must have one dtype; got {} and {}", q.scale.dtype(),
                q.zero.dtype());
}

/// Calls fn(begin, end, scale, zero) for runs of elements that share an entry, in parallel.
template <class T, class Fn>
void for_runs(const core::Tensor& x, const QParams& q, Fn&& fn) {
  const auto scale = q.scale.data<T>();
  const auto zero = q.zero.data<T>();
  const std::int64_t run = x.numel() / q.scale.numel();
  core::parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t entry = begin / run;
      const std::int64_t stop = std::min(end, (entry + 1) * run);
      fn(begin, stop, scale[entry], zero[entry]);
      begin = stop;
    }
  });
}

}  // namespace

core::Tensor quantise_codes(const core::Tensor& x, const QParams& q, const Grid& grid) {
  check("quantise_codes", x, q);
  core::Tensor codes = core::Tensor::empty(x.shape(), core::DType::s32);
  const auto out = codes.writable<std::int32_t>();
  core::dispatch_float("quantise_codes", x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto in = x.data<T>();
    const T lo = T(grid.qmin()), hi = T(grid.qmax());
    if (grid.levels) {
      const core::Tensor at = positions(x, q, grid);
      const auto t = at.data<T>();
      for (std::size_t i = 0; i < t.size(); ++i)
        out[i] = static_cast<std::int32_t>(std::clamp(std::nearbyint(t[i]), lo, hi));
      return;
    }
    for_runs<T>(x, q, [&](std::int64_t begin, std::int64_t end, T s, T z) {
      for (std::int64_t i = begin; i < end; ++i) {
        out[i] = static_cast<std::int32_t>(std::clamp(std::nearbyint(in[i] / s) + z, lo, hi));
      }
    });
  });
  return codes;
}

core::Tensor dequantise(const core::Tensor& codes, const QParams& q, const Grid& grid) {
  check("dequantise", codes, q);
  core::Tensor y = core::Tensor::empty(codes.shape(), q.scale.dtype());
  const auto in = codes.data<std::int32_t>();
  std::vector<LevelTable> tables;
  if (grid.levels) tables = level_tables(grid, q.warp, q.scale.numel());
  core::dispatch_float("dequantise", q.scale.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto out = y.writable<T>();
    if (!tables.empty()) {
      const std::int64_t run = codes.numel() / q.scale.numel();
      for_runs<T>(codes, q, [&](std::int64_t begin, std::int64_t end, T s, T) {
        const LevelTable& table = tables[tables.size() == 1 ? 0 : begin / run];
        for (std::int64_t i = begin; i < end; ++i) out[i] = s * static_cast<T>(table.level(in[i]));
      });
      return;
    }
    for_runs<T>(codes, q, [&](std::int64_t begin, std::int64_t end, T s, T z) {
      for (std::int64_t i = begin; i < end; ++i) out[i] = s * (static_cast<T>(in[i]) - z);
    });
  });
  return y;
}

core::Tensor fake_quantise(const core::Tensor& x, const QParams& q, const Grid& grid) {
  return dequantise(quantise_codes(x, q, grid), q, grid);
}

double clipped_share(const core::Tensor& x, const QParams& q, const Grid& grid) {
  check("clipped_share", x, q);
  const std::int64_t run = x.numel() / q.scale.numel();
  std::int64_t clipped = 0;
  const core::Tensor at = positions(x, q, grid);
  core::dispatch_float("clipped_share", x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto in = at.data<T>(), zero = q.zero.data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      const T code = std::nearbyint(in[i]) + zero[i / run];
      clipped += code < T(grid.qmin()) || code > T(grid.qmax());
    }
  });
  return x.numel() == 0 ? 0.0 : static_cast<double>(clipped) / static_cast<double>(x.numel());
}

}  // namespace quant

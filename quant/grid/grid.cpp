#include "quant/grid/grid.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/system/threads.h"
#include "quant/grid/levels.h"

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

int Grid::qmin() const { return symmetric ? -(1 << (bits - 1)) + (narrow ? 1 : 0) : 0; }

int Grid::qmax() const { return symmetric ? (1 << (bits - 1)) - 1 : (1 << bits) - 1; }

Grid Grid::with_bits(int other) const {
  Grid out = *this;
  out.bits = other;
  return out;
}

std::string Grid::str() const {
  if (off()) return "float";
  return fmt::format("{} {} bit per {}",
                     levels      ? levels->name()
                     : symmetric ? (narrow ? "narrow" : "symmetric")
                                 : "asymmetric",
                     bits,
                     group         ? fmt::format("group of {}", group)
                     : per_channel ? "channel"
                                   : "tensor");
}

int read_bits(core::Params& params, std::string_view key, int fallback, const std::string& doc) {
  const int bits = params.get<int>(key, fallback,
                                   core::Key{.doc = doc + " (32 = not quantised)",
                                             .one_of = {"2", "3", "4", "5", "6", "7", "8", "32"}});
  if (bits != kBitsOff && (bits < 2 || bits > 8)) {
    params.fail(key, fmt::format("bits must be 2 to 8, or 32 for no quantisation; got {}", bits));
  }
  return bits;
}

std::int64_t entries_of(const core::Tensor& x, const Grid& grid) {
  if (!grid.per_channel) return 1;
  core::require("quantise", x.shape().rank() >= 1 && x.shape()[0] > 0,
                "a per-channel grid needs a first axis; got x {}", x.shape());
  if (grid.group == 0) return x.shape()[0];
  const std::int64_t row = x.numel() / x.shape()[0];
  core::require("quantise", row % grid.group == 0,
                "a group must divide the {} values of a channel; got group {}, x {}", row,
                grid.group, x.shape());
  return x.numel() / grid.group;
}

double step_of_width(double width, double levels) {
  return width == 0 ? kStepOfZero : std::max(width / levels, kSmallestStep);
}

Step step_of_range(double lo, double hi, const Grid& grid) {
  lo = std::min(lo, 0.0);
  hi = std::max(hi, 0.0);
  const double levels = grid.qmax() - grid.qmin();
  if (grid.symmetric) {
    const double a = std::max(-lo, hi);
    return {step_of_width(2 * a, levels), 0.0};
  }
  const double scale = step_of_width(hi - lo, levels);
  const double zero =
      std::clamp(std::nearbyint(-lo / scale), double(grid.qmin()), double(grid.qmax()));
  return {scale, zero};
}

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

#include "quant/grid/grid.h"

#include <algorithm>
#include <cmath>

#include "quant/grid/levels.h"

namespace quant {
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

}  // namespace quant

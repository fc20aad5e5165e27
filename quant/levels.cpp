#include "quant/levels.h"

#include <algorithm>
#include <cmath>

#include "core/threads.h"

namespace quant {
namespace {

constexpr std::int64_t kGrain = 1 << 12;

}  // namespace

LevelTable::LevelTable(const Grid& grid, const core::Tensor& warp)
    : lo_(grid.qmin()), hi_(grid.qmax()), warp_(warp.values()) {
  core::require("levels", grid.levels != nullptr && !warp_.empty(),
                "a grid with levels needs their parameters; got grid {}, warp {}", grid.str(),
                warp.shape());
  for (int code = lo_; code <= hi_; ++code) {
    level_.push_back(grid.levels->level(code, this->warp()));
    slope_.push_back(grid.levels->slope(code, this->warp()));
    by_warp_.push_back(grid.levels->level_by_warp(code, this->warp()));
  }
}

int LevelTable::code(double position) const {
  if (!(position > lo_)) return lo_;
  return position >= hi_ ? hi_ : static_cast<int>(std::nearbyint(position));
}

bool LevelTable::inside(double position) const {
  const double rounded = std::nearbyint(position);
  return rounded >= lo_ && rounded <= hi_;
}

core::Tensor positions(const core::Tensor& x, const QParams& q, const Grid& grid) {
  const std::int64_t entries = q.scale.numel();
  core::require("positions", entries > 0 && x.numel() % entries == 0,
                "entries of scale must divide x; got scale {}, x {}", q.scale.shape(), x.shape());
  core::require("positions", !grid.levels || q.warp.numel() > 0,
                "a grid with levels needs their parameters; got grid {}, warp {}", grid.str(),
                q.warp.shape());
  const std::vector<double> values = q.warp.values();
  const Warp warp{values, static_cast<double>(grid.qmax())};
  core::Tensor out = core::Tensor::empty(x.shape(), x.dtype());
  core::dispatch_float("positions", x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto in = x.data<T>(), scale = q.scale.data<T>();
    const auto to = out.writable<T>();
    const std::int64_t run = x.numel() / entries;
    core::parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T steps = in[i] / scale[i / run];
        to[i] = grid.levels
                    ? static_cast<T>(grid.levels->position(static_cast<double>(steps), warp))
                    : steps;
      }
    });
  });
  return out;
}

}  // namespace quant

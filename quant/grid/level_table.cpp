#include "quant/grid/level_table.h"

#include <algorithm>
#include <cmath>

#include "core/system/threads.h"

namespace quant {
namespace {

constexpr std::int64_t kGrain = 1 << 12;

}  // namespace

std::int64_t warp_rows(const Grid& grid, const core::Tensor& warp, std::int64_t entries) {
  core::require("levels", grid.levels != nullptr && warp.numel() > 0,
                "a grid with levels needs their parameters; got grid {}, warp {}", grid.str(),
                warp.shape());
  const std::int64_t each = grid.levels->parameters(grid), rows = warp.numel() / each;
  core::require("levels", warp.numel() % each == 0 && (rows == 1 || rows == entries),
                "there must be {} parameters, or as many for each of {} entries; got grid {}, warp "
                "{}",
                each, entries, grid.str(), warp.shape());
  return rows;
}

LevelTable::LevelTable(const Grid& grid, const core::Tensor& warp)
    : LevelTable(grid, warp.values()) {}

LevelTable::LevelTable(const Grid& grid, std::vector<double> row)
    : lo_(grid.qmin()), hi_(grid.qmax()), warp_(std::move(row)) {
  core::require("levels", grid.levels != nullptr && !warp_.empty(),
                "a grid with levels needs their parameters; got grid {}, {} of them", grid.str(),
                warp_.size());
  grid.levels->check(grid, warp_);
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

std::vector<LevelTable> level_tables(const Grid& grid, const core::Tensor& warp,
                                     std::int64_t entries) {
  const std::int64_t rows = warp_rows(grid, warp, entries);
  const std::vector<double> values = warp.values();
  const auto each = static_cast<std::ptrdiff_t>(warp.numel() / rows);
  std::vector<LevelTable> out;
  for (auto row = values.begin(); row != values.end(); row += each)
    out.emplace_back(grid, std::vector<double>(row, row + each));
  return out;
}

core::Tensor positions(const core::Tensor& x, const QParams& q, const Grid& grid) {
  const std::int64_t entries = q.scale.numel();
  core::require("positions", entries > 0 && x.numel() % entries == 0,
                "entries of scale must divide x; got scale {}, x {}", q.scale.shape(), x.shape());
  const std::int64_t rows = grid.levels ? warp_rows(grid, q.warp, entries) : 1;
  const std::vector<double> values = q.warp.values();
  const std::size_t each = values.size() / static_cast<std::size_t>(rows);
  for (std::size_t row = 0; grid.levels && row < values.size(); row += each)
    grid.levels->check(grid, std::span(values).subspan(row, each));
  const auto warp_of = [&](std::int64_t entry) {
    const std::size_t begin = rows == 1 ? 0 : static_cast<std::size_t>(entry) * each;
    return Warp{std::span(values).subspan(begin, each), static_cast<double>(grid.qmax())};
  };
  core::Tensor out = core::Tensor::empty(x.shape(), x.dtype());
  core::dispatch_float("positions", x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto in = x.data<T>(), scale = q.scale.data<T>();
    const auto to = out.writable<T>();
    const std::int64_t run = x.numel() / entries;
    core::parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T steps = in[i] / scale[i / run];
        to[i] = grid.levels ? static_cast<T>(grid.levels->position(static_cast<double>(steps),
                                                                   warp_of(i / run)))
                            : steps;
      }
    });
  });
  return out;
}

}  // namespace quant

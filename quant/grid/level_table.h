// LevelTable: the values of a level function at all codes of a grid, and where values lie on the axis
// of its codes.
#pragma once

#include <vector>

#include "quant/grid/grid.h"
#include "quant/grid/levels.h"

namespace quant {

/// Rows of QParams::warp for a tensor of `entries` entries: 1 or `entries`.
/// throws: ShapeError when the grid has levels and `warp` is no such number of rows.
std::int64_t warp_rows(const Grid& grid, const core::Tensor& warp, std::int64_t entries);

/// The values of a level function at all codes of a grid.
class LevelTable {
 public:
  /// From one row of parameters.
  /// throws: ShapeError when the grid has levels but the parameters are empty or not its own.
  LevelTable(const Grid& grid, const core::Tensor& warp);
  LevelTable(const Grid& grid, std::vector<double> row);

  Warp warp() const { return {warp_, static_cast<double>(hi_)}; }
  int lo() const { return lo_; }
  int hi() const { return hi_; }
  /// The code of a position; NaN gives the lowest.
  int code(double position) const;
  /// Whether the rounded position is a code.
  bool inside(double position) const;
  double level(int code) const { return level_[index(code)]; }
  double slope(int code) const { return slope_[index(code)]; }
  double level_by_warp(int code) const { return by_warp_[index(code)]; }
  /// The place of a code among all, from 0.
  std::size_t index(int code) const { return static_cast<std::size_t>(code - lo_); }

 private:
  int lo_, hi_;
  std::vector<double> warp_, level_, slope_, by_warp_;
};

/// A table for each row of `warp`.
std::vector<LevelTable> level_tables(const Grid& grid, const core::Tensor& warp,
                                     std::int64_t entries);

/// Positions on the axis of codes, zero points left out: x / s, or what the levels make of it.
/// shapes: as x.  dtype: as x.  throws: ShapeError when the entries do not divide x.
core::Tensor positions(const core::Tensor& x, const QParams& q, const Grid& grid);

}  // namespace quant

// Levels: what the codes of a grid mean where they are not evenly spaced.
//
// A code space is an axis of codes with an increasing level for every whole code; `position` says
// where a value lies on that axis, so that quantising is always nearbyint(position) and a clip. All
// values are in units of the step: the uniform grid (Grid::levels null) has level(n) = n.  Objects
// are constants without state that live as long as the program; what differs from weight to weight
// stands in QParams::warp: one row of parameters for the whole tensor, or one row an entry.  A
// codebook (codebook.h) is a level function whose parameters are its levels.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "quant/grid/grid.h"

namespace quant {

/// The numbers that a level function depends on.
struct Warp {
  std::span<const double> values;  // QParams::warp
  double qmax;
};

class Levels {
 public:
  virtual ~Levels() = default;
  virtual std::string_view name() const = 0;
  /// What QParams::warp is called.
  virtual std::string_view warp_name() const = 0;
  /// Numbers in a row of QParams::warp.
  virtual std::int64_t parameters(const Grid& /*grid*/) const { return 1; }
  /// Parameter k is the level of the k-th code, and is its own derivative.
  virtual bool are_parameters() const { return false; }
  /// The grid goes without the lowest code, so that there are as many on either side of zero.
  virtual bool narrow() const { return true; }
  /// The nearest parameters that are allowed, for an optimizer that left them.  shapes: as given.
  virtual core::Tensor kept(const core::Tensor& warp) const = 0;
  /// throws: ShapeError when a row is no set of parameters for the codes of `grid`.
  virtual void check(const Grid& /*grid*/, std::span<const double> /*row*/) const {}

  /// Where x lies on the axis of codes; increasing, and position(level(n)) rounds to n.
  virtual double position(double x, const Warp& at) const = 0;
  virtual double level(int code, const Warp& at) const = 0;

  /// d level / d code at a whole code, kept off 0 and infinity: what a straight-through gradient
  /// uses.
  virtual double slope(int code, const Warp& at) const = 0;
  /// x d position / dx: how the position moves with the logarithm of the step, up to the sign.
  /// A codebook takes the straight-through slope of the nearest code for that of the position.
  virtual double elasticity(double x, const Warp& at) const = 0;
  /// d level / d warp at a fixed code.
  virtual double level_by_warp(int code, const Warp& at) const = 0;
  /// d level(round(position(x))) / d warp with the rounding, which gave `code`, taken as the
  /// identity: 0 where x lies on the level.
  virtual double rounded_by_warp(double x, int code, const Warp& at) const = 0;
};

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

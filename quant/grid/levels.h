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

#include "core/tensor.h"

namespace quant {

struct Grid;

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

}  // namespace quant

// The range searches behind the scale strategies: candidates of (lo, hi) compared by sum |x -
// x_hat|^p.
#pragma once

#include <vector>

#include "quant/grid/grid.h"

namespace quant {

/// Smallest and largest value of each entry's run, widened to hold zero.
/// throws: ShapeError for an empty x, Error when a value is not finite.
struct Range {
  double lo, hi;
};
std::vector<Range> ranges_of(const core::Tensor& x, const Grid& grid);

/// Steps of given ranges, one an entry.
QParams qparams_of(std::span<const Range> ranges, const Grid& grid);

/// mean |x - x_hat|^p over a run.  units/dtype: f32, partial sums in 16 float lanes, joined in
/// double.
double quantisation_error(std::span<const float> x, const Step& step, const Grid& grid, double p);

/// Shrinking search: candidate i is (lo, hi) (1 - shrink i), i = 0 .. steps-1; the first of equals
/// wins.
struct ShrinkSearch {
  int steps = 80;        // source: BRECQ
  double shrink = 0.01;  // source: BRECQ
  double p = 2.4;        // source: BRECQ
};
QParams shrink_search(const core::Tensor& x, const Grid& grid, const ShrinkSearch& search);

}  // namespace quant

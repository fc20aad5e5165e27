// Sums and means over axes.  The gradient is dy stretched back (divided by the count for means).
// Accumulation in double over fixed blocks, so results do not depend on the number of threads.
// NaN propagates; the mean of nothing is refused.
#pragma once

#include "autograd/variable.h"

#include <vector>

namespace autograd {

/// Sum over `axes` (negative ones count from the end); `keep` leaves them with extent 1.
/// shapes: any.  dtype: f32 or f64.
/// throws: ShapeError for an axis out of range or named twice.
Variable sum(const Variable& x, const std::vector<int>& axes, bool keep = false);
/// Mean over `axes`.
Variable mean(const Variable& x, const std::vector<int>& axes, bool keep = false);
/// Sum of everything, as a scalar.
Variable sum_all(const Variable& x);
/// Mean of everything, as a scalar.
Variable mean_all(const Variable& x);

}  // namespace autograd

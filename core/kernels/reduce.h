// Reductions of f32, f64 and bf16; sums accumulate in double over fixed blocks, so the result does
// not depend on the number of threads, and those of bf16 elements are f32.
#pragma once

#include <span>

#include "core/tensor.h"

namespace core {

/// Sum over `axes`; reduced axes are kept with extent 1 when `keep`, else removed.
Tensor sum(const Tensor& x, std::span<const int> axes, bool keep);
/// Sum of everything, as a scalar tensor.
Tensor sum(const Tensor& x);
/// Adjoint of broadcasting: sums x down to `shape`, in the type of what was broadcast.
Tensor sum_to(const Tensor& x, const Shape& shape, DType dtype);
inline Tensor sum_to(const Tensor& x, const Shape& shape) { return sum_to(x, shape, x.dtype()); }
/// x stretched to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// Index (s64) of the largest value along the last axis; the first of equals; NaN counts as largest.
Tensor argmax_last(const Tensor& x);
struct MinMax {
  double min, max;
};
/// throws: ShapeError for an empty tensor; NaN propagates.
MinMax min_max(const Tensor& x);
bool all_finite(const Tensor& x);

}  // namespace core

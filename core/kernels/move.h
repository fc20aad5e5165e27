// Kernels that only move elements; every dtype.
#pragma once

#include <span>
#include <vector>

#include "core/tensor.h"

namespace core {

/// Axes in another order: out.shape[i] = x.shape[order[i]].
Tensor permute(const Tensor& x, std::span<const int> order);
/// Joins along `axis`; other extents and dtypes must agree.
Tensor concat(std::span<const Tensor> parts, int axis);
/// x[begin : begin + count : step] along `axis` (count counts the results).
Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t count,
             std::int64_t step = 1);
/// Adjoint of slice: dy scattered into zeros of x_shape.
Tensor slice_backward(const Tensor& dy, const Shape& x_shape, int axis, std::int64_t begin,
                      std::int64_t step = 1);
/// `before` and `after` zeros added along `axis`.
Tensor pad(const Tensor& x, int axis, std::int64_t before, std::int64_t after);
/// Rows of the first axis by index; a thread per piece.  throws: ShapeError for an index out of range.
Tensor gather_rows(const Tensor& x, std::span<const std::int64_t> index);
/// Its shape.  op: for the message.  throws: ShapeError as gather_rows.
Shape gathered_shape(std::string_view op, const Shape& x, std::span<const std::int64_t> index);

/// Patches of an N,H,W,C image as rows: (N, (H/p)*(W/p), C*p*p), each row in C,KH,KW order, so that a
/// patch-embedding convolution with an (O,C,p,p) weight is one matrix product.
Tensor patches(const Tensor& x, std::int64_t patch);
/// Adjoint of patches.
Tensor patches_backward(const Tensor& dy, const Shape& x_shape, std::int64_t patch);

}  // namespace core

// Pixels of images (N,H,W,C) on a grid of rows and columns, copied once; any dtype.
#pragma once

#include "core/tensor.h"

namespace core {

/// Positions begin, begin + step, ... along one axis of an image.
struct Positions {
  std::int64_t begin, count, step = 1;
  std::int64_t at(std::int64_t i) const { return begin + i * step; }
};

/// y[n, i, j] = x[n, rows.at(i), columns.at(j)], zeros where that is outside the image.
/// throws: ShapeError unless x has rank 4, counts are >= 0 and steps >= 1.
Tensor pixels(const Tensor& x, const Positions& rows, const Positions& columns);
/// Adjoint of pixels: dy placed into zeros of x_shape.
Tensor pixels_backward(const Tensor& dy, const Shape& x_shape, const Positions& rows,
                       const Positions& columns);

}  // namespace core

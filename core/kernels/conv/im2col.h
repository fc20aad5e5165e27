// The windows of a convolution as the rows of a matrix, so that the convolution is a matrix product
// with its weight.
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core {

/// Row r of group g: what output pixel r (of N, OH, OW, in this order) reads, in the order I, KH,
/// KW of a weight; zeros where the window hangs over the image. shapes: x (N,H,W,C), w (O,I,KH,KW)
/// -> (groups, N OH OW, I KH KW).  dtype: f32 or f64. throws: ShapeError.
Tensor im2col(const Tensor& x, const Shape& w, const Conv2dOptions& options);

}  // namespace core

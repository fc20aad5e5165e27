// Second moments of what a convolution reads: what the squared error of its output needs to know of
// all images.
//
// At stride 1 a window is the image seen through a shift, so the moments of two taps depend on
// their distance alone, but for the pixels that only one of them reaches at the border: kh (2 kw -
// 1) correlations of the image with itself, minus those of border strips, instead of all (kh kw)^2
// / 2 pairs of taps.
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core {

/// The sum over output pixels of v vT, where v is the window that a pixel reads in the order
/// I, KH, KW, with zeros where it hangs over the image: gram_matrix(im2col(x, w, options)).
/// shapes: x (N,H,W,C), w (O,I,KH,KW) -> (groups, K, K), K = I KH KW.  dtype: x f32 or f64, result
/// f64.  throws: ShapeError.
Tensor window_moments(const Tensor& x, const Shape& w, const Conv2dOptions& options);

}  // namespace core

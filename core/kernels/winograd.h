// 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4, 3x3): a quarter of the
// multiplications of the definition (less where 4 does not divide the image), in f32.
//
// The image is cut into tiles of 4x4 outputs.  Tiles are transformed, channels are mixed by 36
// small matrix products, and the results are transformed back (core/kernels/winograd_tile.h).  Sums
// are in f32, also of bf16 operands; rounding errors are a few times those of the direct sum,
// within the bound that holds for any order of it.  Results do not depend on the number of threads,
// nor on the other images of a batch.
#pragma once

#include "core/kernels/conv2d.h"

namespace core::winograd {

/// Whether a convolution may go this way, which Precision::f32 does not, is of the family (3x3,
/// stride 1, dense, one group, channels in whole vectors, padding of 2 at most), and is faster.  One
/// thread of a Zen 4 is, over oneDNN: in f32 from 16 channels at 28x28 to 256 at 14x14 1.5 to 2.7
/// times as fast, with 512 at 7x7 about as fast; in bf16 0.8 to 1.0 below 64 channels, 1.0 to 1.4 up
/// to 128, less with more.
bool pays(const Shape& x, const Shape& w, const Conv2dOptions& options, DType activations);

/// y, shape (N,OH,OW,O); x and y f32 or bf16, w and bias (or nullptr) f32; w is rounded to bf16
/// first if the precision says so.
void forward(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions&, Tensor& y);
/// dx, shape of the input; types as in forward.
void backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions&, Tensor& dx);
/// dw f32, shape (O,I,3,3); dy and x of one type.
void backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions&, Tensor& dw);

}  // namespace core::winograd

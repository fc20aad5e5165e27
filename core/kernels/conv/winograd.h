// 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4, 3x3): a quarter of the
// multiplications of the definition (less where 4 does not divide the image), in f32.
//
// The image is cut into tiles of 4x4 outputs.  Tiles are transformed, channels are mixed by 36
// small matrix products, and the results are transformed back (core/kernels/conv/winograd_tile.h).  Sums
// are in f32, also of bf16 operands.  Rounding errors are 2 to 5 times those of the direct sum, up
// to 19 times in a weight gradient, whose taps carry their neighbours'.  Results do not depend on
// the number of threads, outputs and gradients of inputs not on the other images of a batch either.
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core::winograd {

/// Whether a convolution and its gradients may go this way, which Precision::f32 does not, are of
/// the family (3x3, stride 1, dense, one group, channels in whole vectors, padding of 2 at most),
/// and are faster than otherwise on a Zen 5 (`products` of tests/bench): from 32 channels on, in
/// small batches from 16 on; bf16 from 64 channels on, without very wide layers, where 4 nearly
/// divides the image.
bool pays(const Shape& x, const Shape& w, const Conv2dOptions& options, DType activations);

/// y, shape (N,OH,OW,O); x, y and w f32 or bf16, bias (or nullptr) f32; w is rounded to bf16
/// first if the precision says so.
void forward(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions&, Tensor& y);
/// dx, shape of the input; types as in forward.
void backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions&, Tensor& dx);
/// dw f32, shape (O,I,3,3); dy and x of one type.
void backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions&, Tensor& dw);

}  // namespace core::winograd

// 2-D convolution over N,H,W,C images with O,I/groups,KH,KW weights: oneDNN for f32 and bf16
// operands, Winograd's algorithm where it is faster and the precision allows it
// (core/kernels/winograd), sums over pairs for weight gradients in bf16 (core/kernels/paired), naive
// loops for f64.  With Precision::bf16 the result has the type of the activations (bf16 or f32);
// biases, weights and their gradients are f32 beside both.
//
// Activations are never reordered: oneDNN works on the N,H,W,C layout.  Weights are reordered into
// the layout that the primitive prefers; the packed copy is kept beside the weight's storage until
// it changes. Weight gradients come back in O,I,KH,KW.
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core {

/// shapes: x (N,H,W,I), w (O,I/groups,KH,KW), bias (O) or nullptr -> (N,OH,OW,O)
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions& options);
/// Gradient of the input, shape x_shape.
Tensor conv2d_backward_data(const Tensor& dy, const Tensor& w, const Shape& x_shape,
                            const Conv2dOptions& options);
/// Gradient of the weights, shape w_shape.
Tensor conv2d_backward_weights(const Tensor& dy, const Tensor& x, const Shape& w_shape,
                               const Conv2dOptions& options);

}  // namespace core

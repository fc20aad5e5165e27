// Convolution by oneDNN over N,H,W,C activations; the type of the activations (f32 or bf16) is the
// precision; the result is written in the type of the tensor it goes to.  Shapes are checked by the
// caller (core/kernels/conv2d), batches are not empty.
//
// Activations go in and out as they lie.  Weights are taken in O,I/groups,KH,KW (f32 or bf16) and
// packed into the primitive's layout, see WeightLayout.  Each function returns false, having done
// nothing, when oneDNN has no primitive for the combination, or none worth trusting: the caller
// then multiplies the rounded operands in f32.  bf16 runs natively for one group, odd square
// windows, stride 1 or 2, no dilation, images not smaller than the window (1x1: channels in
// multiples of 16).
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core::onednn {

/// y, shape (N,OH,OW,O); bias f32 or nullptr.
bool conv2d_forward(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions&,
                    Tensor& y);
/// dx, shape of the input.
bool conv2d_backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions&, Tensor& dx);
/// dw, f32, shape (O,I/groups,KH,KW); dy and x of one type.
bool conv2d_backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions&, Tensor& dw);

}  // namespace core::onednn

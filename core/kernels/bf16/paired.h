// Weight gradients of bf16 operands by the instruction that multiplies pairs (vdpbf16ps), for
// convolutions and fully connected layers: sums over pixels, each step taking two of them.
//
// What the weights saw of an image is written out side by side along its rows, two pixels
// interleaved, so that every product reads memory in order.  oneDNN 2.6 reaches 30 to 84 % of a
// Zen 5's peak here, this 64 to 87 % (1x1 windows with stride 45 % both).  Results do not depend on
// the number of threads.
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core::paired {

/// Whether the build has the instruction and the processor nothing better (AMX).
bool has_instruction();

/// Whether the weight gradient goes this way: dense windows of one group over whole vectors of
/// channels, where there is the instruction.
bool pays(const Shape& x, const Shape& w, const Conv2dOptions& options);
/// The same for x (rows, I) and dy (rows, O).
bool pays(std::int64_t rows, std::int64_t inputs, std::int64_t outputs);

/// dw f32, shape (O,I,KH,KW); dy and x bf16, I a multiple of 16, one group, not dilated.
void backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions& options, Tensor& dw);
/// dw f32, shape (O,I) behind any leading axes of 1, = dyT . x; dy (.., O) and x (.., I) bf16, I a
/// multiple of 16.  dbias f32, shape (O), the sums of dy, unless it is nullptr.
void backward_weights(const Tensor& dy, const Tensor& x, Tensor& dw, Tensor* dbias);

}  // namespace core::paired

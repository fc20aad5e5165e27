// 2-D convolution over N,H,W,C images, with an optional bias and an optional ReLU in the epilogue.
// dx, dw by the backward kernels; dbias = sum of dy over N, H, W.  With `options.relu` the backward
// first masks dy by y > 0 (gradient 0 at the kink), so the fused form equals relu(conv2d(..)). NaN
// propagates; a NaN in y stops the gradient when relu is set.
#pragma once

#include "autograd/variable.h"
#include "core/kernels/conv/conv2d.h"

#include <optional>

namespace autograd {

/// y = conv(x, w) + bias, then relu when asked.
/// shapes: x (N,H,W,I), w (O,I/groups,KH,KW), bias (O) or absent -> (N,OH,OW,O).  dtype: f32 or
/// f64. throws: ShapeError.
Variable conv2d(const Variable& x, const Variable& w, const std::optional<Variable>& bias,
                const core::Conv2dOptions& options = {});

}  // namespace autograd

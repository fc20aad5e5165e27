// A convolution with the batch normalisation, and perhaps the ReLU, that follow it: one site.
//
// The value is the same in every mode: conv, batch norm (running or batch statistics), ReLU; once
// the batch norm is folded, ReLU runs in the convolution's epilogue.  The convolution's input hook
// always runs.  Its output hook sees the value after the batch norm in conv_bn, and is not called
// in conv_bn_relu, where only the output hook of the activation is (what leaves the site is the
// activation; nobody reads the value before it).
#pragma once

#include "nn/layers/activation.h"
#include "nn/layers/batch_norm2d.h"
#include "nn/layers/conv2d.h"

namespace nn {

autograd::Variable conv_bn(const Conv2d& conv, const BatchNorm2d& bn, const autograd::Variable& x,
                           Pass& pass);
autograd::Variable conv_bn_relu(const Conv2d& conv, const BatchNorm2d& bn, const Relu& act,
                                const autograd::Variable& x, Pass& pass);

}  // namespace nn

// Convolution by its definition, in f64: the oracle of the tests and the f64 path of
// core/kernels/conv2d.
//
// y[n,oh,ow,o] = bias[o] + sum over kh,kw,i of x[n, oh*sh - ph + kh*dh, ow*sw - pw + kw*dw, g*I +
// i] * w[o,i,kh,kw] with zeros outside x and g the group of o.  Shapes are checked by the caller.
#pragma once

#include "core/kernels/conv2d_options.h"

namespace core::reference {

void conv2d(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions&, Tensor& y);
void conv2d_backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions&, Tensor& dx);
void conv2d_backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions&, Tensor& dw);

}  // namespace core::reference

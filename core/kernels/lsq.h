// Fake quantisation with a learned step, forward and straight-through backward, f32, f64, and bf16
// activations with steps, zero points and their gradients in f32.
//
// One pass each; the gradient of the step accumulates in double over fixed blocks, so it does not
// depend on the number of threads.  x / s is a true division and rounding is half to even, so the
// codes equal those of PyTorch. source: Esser et al. 2020 (LSQ), eq. 2-3, with a zero point as in
// LSQ+ (Bhalgat et al. 2020).
//
// With a choice (QDrop) only the elements that it takes are quantised, in the same pass; the others
// stay as they are: y = x, dx = dy, and they add nothing to the gradients of scale and zero.
#pragma once

#include "core/kernels/mask.h"
#include "core/tensor.h"

namespace core {

struct LsqRange {
  double q_min = 0;
  double q_max = 255;
};

/// y = s (clip(round(x/s) + z, q_min, q_max) - z).
/// shapes: x any; scale and zero one element, or (C) with C the last axis of x.  NaN stays NaN.
/// throws: ShapeError.
Tensor lsq(const Tensor& x, const Tensor& scale, const Tensor& zero, const LsqRange& range,
           const Choice* choice = nullptr);

struct LsqGrads {
  Tensor dx;
  Tensor dscale;  // shape of scale
};
/// dx = dy inside the clip (both ends included), else 0; dscale = sum of dy times round(x/s) - x/s
/// inside and q - z at the clipped end q outside.  A NaN in x gives dx = 0 there and dscale = NaN.
/// dx takes over the memory of dy where nobody else holds it.
LsqGrads lsq_backward(Tensor dy, const Tensor& x, const Tensor& scale, const Tensor& zero,
                      const LsqRange& range, const Choice* choice = nullptr);

/// The gradient of the zero point: the sum of -s dy over clipped elements, shape of zero.  A NaN in
/// x adds nothing. source: Bhalgat et al. 2020 (LSQ+), with the zero point in codes.
Tensor lsq_zero_gradient(const Tensor& dy, const Tensor& x, const Tensor& scale, const Tensor& zero,
                         const LsqRange& range, const Choice* choice = nullptr);

}  // namespace core

// Fake quantisation with a learned step (LSQ): n = round(x/s) + z, y = s (clip(n, q_min, q_max) -
// z). Straight-through gradients: dx = dy inside the clip (both ends included), 0 outside; ds = sum
// of dy (round(x/s) - x/s) inside, dy (q_min - z) or dy (q_max - z) outside, and dz = sum of -s dy
// outside, 0 inside, both times grad_scale.  Rounding is half to even; NaN stays NaN and stops the
// gradient of x.
// source: Esser et al. 2020, eq. 2-3; zero point as LSQ+.
#pragma once

#include <optional>

#include "autograd/variable.h"
#include "core/kernels/mask.h"

namespace autograd {

struct LsqOptions {
  double q_min = 0;
  double q_max = 255;
  double grad_scale = 1.0;  // g = 1/sqrt(N q_max) in the paper; with Adam it cancels
  std::optional<core::Choice> choice = std::nullopt;  // elements that it does not take stay float
};
/// shapes: x any; scale one element (per tensor) or (C) with C the last axis of x (per channel);
///   zero as scale.  dtype: f32 or f64, equal; zero holds integers, fixed or learned.
/// throws: ShapeError; also unless every scale is positive and finite and q_min < q_max.
Variable lsq_quantize(const Variable& x, const Variable& scale, const Variable& zero,
                      const LsqOptions& options);
Variable lsq_quantize(const Variable& x, const Variable& scale, const core::Tensor& zero,
                      const LsqOptions& options);

}  // namespace autograd

// Fake-quantised weights from a relaxed rounding h in [0, 1]:
// W_hat = s (clip(floor(W/s) + h + z, q_min, q_max) - z).  dh = s dy inside the clip, both ends
// included (a weight that sits on the end can come back), 0 outside.  W, s and z are constants
// here. source: Nagel et al. 2020 (AdaRound), eq. 22.
#pragma once

#include "autograd/variable.h"

namespace autograd {

struct SoftRoundOptions {
  double q_min = 0;
  double q_max = 15;
};
/// shapes: h and w equal; scale and zero (O) with O the first axis of w, or one element.
/// dtype: f32 or f64, all equal.
/// throws: ShapeError.
Variable soft_round(const Variable& h, const core::Tensor& w, const core::Tensor& scale,
                    const core::Tensor& zero, const SoftRoundOptions& options);

}  // namespace autograd

// R(h) = sum of 1 - |2h - 1|^beta: 0 where every h is 0 or 1, largest at 1/2.
// dh = -2 beta |2h - 1|^(beta - 1) sign(2h - 1) dy; 0 at the kink h = 1/2.  The sum runs in double.
// source: Nagel et al. 2020 (AdaRound), eq. 24.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: h any -> scalar.  dtype: f32 or f64.
/// throws: ShapeError unless beta >= 1.
Variable round_penalty(const Variable& h, double beta);

}  // namespace autograd

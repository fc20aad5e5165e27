// h(V) = clip((zeta - gamma) sigmoid(V) + gamma, 0, 1), the rectified sigmoid of AdaRound.
// dV = dy (zeta - gamma) sigmoid (1 - sigmoid) where the unclipped value lies in [0, 1], both ends
// included (else weights that start on the boundary never move), 0 where saturated, that is |V| >
// ln 11. source: Nagel et al. 2020 (AdaRound), eq. 23; Louizos et al. 2018.
#pragma once

#include "autograd/variable.h"

namespace autograd {

struct RectSigmoidOptions {
  double gamma = -0.1;  // AdaRound, lower stretch
  double zeta = 1.1;    // AdaRound, upper stretch
};
/// shapes: any.  dtype: f32 or f64.
Variable rect_sigmoid(const Variable& v, const RectSigmoidOptions& options = {});
/// The V with h(V) = r, for r in [0, 1]; the usual start of AdaRound.
core::Tensor rect_sigmoid_inverse(const core::Tensor& r, const RectSigmoidOptions& options = {});

}  // namespace autograd

// Kernels of learned rounding: the rectified sigmoid, soft-rounded weights and the rounding
// penalty, each with its backward, f32 and f64, one pass, threaded.
//
// Sums run in double over fixed blocks, so they do not depend on the number of threads.  NaN in h
// or V stays NaN in values. source: Nagel et al. 2020 (AdaRound), eq. 22-24.
#pragma once

#include "core/tensor.h"

namespace core {

/// clip((zeta - gamma) sigmoid(v) + gamma, 0, 1)
Tensor rect_sigmoid(const Tensor& v, double gamma, double zeta);
/// dy (zeta - gamma) sigmoid (1 - sigmoid) where the unclipped value lies in [0, 1], give or take a
/// few roundings (a v made by the inverse of 0 or 1 counts as inside); else 0.
Tensor rect_sigmoid_backward(const Tensor& dy, const Tensor& v, double gamma, double zeta);

/// s (clip(floor(w/s) + h + z, q_min, q_max) - z).
/// shapes: h and w equal; scale and zero one element or (O), O the first axis of w.  One dtype.
/// throws: ShapeError.
Tensor soft_round(const Tensor& h, const Tensor& w, const Tensor& scale, const Tensor& zero,
                  double q_min, double q_max);
/// dh = s dy inside the clip, both ends included, else 0.
Tensor soft_round_backward(const Tensor& dy, const Tensor& h, const Tensor& w, const Tensor& scale,
                           const Tensor& zero, double q_min, double q_max);

/// sum of 1 - |2h - 1|^beta, as a scalar.  beta >= 1.
Tensor round_penalty(const Tensor& h, double beta);
/// dh = -2 beta |2h - 1|^(beta - 1) sign(2h - 1) dy; dy is a number.
Tensor round_penalty_backward(double dy, const Tensor& h, double beta);

}  // namespace core

// The sensitivities that some losses weight their errors with: gradients of a task loss with
// respect to the float output of a unit, through the rest of the float network, one per sample.
//
// Calibration has no labels, so the task loss is the cross entropy to the class that the float
// network itself gives (at its own output the divergence from the float logits has gradient zero).
// Asked for a perturbation e, it is g(y + e) - g(y - e) with g the gradient of the divergence from
// the float logits: 2 e times the row sums of the Hessian.  source: block_recon.py of APHQ-ViT.
#pragma once

#include <functional>

#include "autograd/gradients.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/kl_divergence.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "quant/loss/loss.h"

namespace quant {

/// The rest of the float network: from the output of a unit to logits (N, K).
using Tail = std::function<autograd::Variable(const autograd::Variable&)>;

/// shapes: y (N, ..), float_logits (N, K) = tail(y) -> as y.
/// The losses of the samples are summed, not averaged: a gradient does not depend on the others.
inline core::Tensor task_sensitivity(const LossNeeds& needs, const Tail& tail,
                                     const core::Tensor& y, const core::Tensor& float_logits) {
  core::require("task_sensitivity",
                y.shape().rank() >= 1 && float_logits.shape().rank() == 2 &&
                    y.shape()[0] == float_logits.shape()[0],
                "y and the float logits (N, K) must have as many samples; got y {}, logits {}",
                y.shape(), float_logits.shape());
  const double samples = static_cast<double>(y.shape()[0]);
  const auto gradient = [&](const core::Tensor& at, const auto& mean_loss) {
    const autograd::Variable x(at, true);
    const autograd::Variable loss = autograd::affine(mean_loss(tail(x)), samples, 0.0);
    return autograd::gradients(loss, std::span(&x, 1))[0];
  };
  if (needs.perturbation == 0.0) {
    const core::Tensor label = core::argmax_last(float_logits);
    return gradient(y,
                    [&](const autograd::Variable& z) { return autograd::cross_entropy(z, label); });
  }
  const auto divergence = [&](const autograd::Variable& z) {
    return autograd::kl_divergence_logits(float_logits, z, {.temperature = needs.temperature});
  };
  // bf16 would round the perturbation away
  const core::Tensor wide = y.to(core::arithmetic_type(y.dtype()));
  return core::sub(gradient(core::affine(wide, 1.0, needs.perturbation), divergence),
                   gradient(core::affine(wide, 1.0, -needs.perturbation), divergence))
      .to(y.dtype());
}

}  // namespace quant

#include "autograd/ops/layer_norm.h"

#include "core/kernels/norm.h"

namespace autograd {

Variable layer_norm(const Variable& x, const Variable& gamma, const Variable& beta, double eps) {
  core::NormResult saved = core::layer_norm(x.value(), gamma.value(), beta.value(), eps);
  return record(
      "layer_norm", saved.y, {x, gamma, beta},
      [x = x.value(), gamma = gamma.value(), saved](const core::Tensor& dy, GradSlots& dx) {
        core::NormGrads grads = core::layer_norm_backward(dy, x, gamma, saved);
        dx.add(0, std::move(grads.dx));
        dx.add(1, std::move(grads.dgamma));
        dx.add(2, std::move(grads.dbeta));
      });
}

}  // namespace autograd

#include "autograd/ops/kl_divergence.h"

#include "core/kernels/loss.h"
#include "core/kernels/map.h"
#include "core/kernels/softmax.h"

namespace autograd {

Variable kl_divergence(const core::Tensor& p, const Variable& logits, const KlOptions& options) {
  const double t = options.temperature, factor = options.times_t_squared ? t * t : 1.0;
  core::RowLoss result = core::kl_divergence(p, logits.value(), t);
  return record("kl_divergence", core::affine(result.loss, factor, 0.0), {logits},
                [p, log_q = result.log_q, t, factor](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0))
                    dx.add(0, core::kl_divergence_backward(dy.item() * factor, p, log_q, t));
                });
}

Variable kl_divergence_logits(const core::Tensor& target_logits, const Variable& logits,
                              const KlOptions& options) {
  core::require("kl_divergence", options.temperature > 0,
                "the temperature must be positive; got {}", options.temperature);
  const core::Tensor scaled = core::affine(target_logits, 1.0 / options.temperature, 0.0);
  return kl_divergence(core::softmax(scaled), logits, options);
}

}  // namespace autograd

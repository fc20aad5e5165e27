#include "autograd/ops/soft_round.h"

#include "core/kernels/rounding.h"

namespace autograd {

Variable soft_round(const Variable& h, const core::Tensor& w, const core::Tensor& scale,
                    const core::Tensor& zero, const SoftRoundOptions& options) {
  core::require("soft_round", options.q_min < options.q_max,
                "q_min must be below q_max; got {}, {}", options.q_min, options.q_max);
  core::Tensor y = core::soft_round(h.value(), w, scale, zero, options.q_min, options.q_max);
  return record(
      "soft_round", std::move(y), {h},
      [h = h.value(), w, scale, zero, options](const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) {
          dx.add(0, core::soft_round_backward(dy, h, w, scale, zero, options.q_min, options.q_max));
        }
      });
}

}  // namespace autograd

#include "autograd/ops/round_penalty.h"

#include "core/kernels/rounding.h"

namespace autograd {

Variable round_penalty(const Variable& h, double beta) {
  return record("round_penalty", core::round_penalty(h.value(), beta), {h},
                [h = h.value(), beta](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::round_penalty_backward(dy.item(), h, beta));
                });
}

}  // namespace autograd

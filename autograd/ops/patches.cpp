#include "autograd/ops/patches.h"

#include "core/kernels/move.h"

namespace autograd {

Variable patches(const Variable& x, std::int64_t patch) {
  core::Tensor y = core::patches(x.value(), patch);
  return record("patches", std::move(y), {x},
                [from = x.shape(), patch](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::patches_backward(dy, from, patch));
                });
}

}  // namespace autograd

#include "autograd/ops/pad.h"

#include "core/kernels/move.h"

namespace autograd {

Variable pad(const Variable& x, int axis, std::int64_t before, std::int64_t after) {
  core::Tensor y = core::pad(x.value(), axis, before, after);
  return record("pad", std::move(y), {x},
                [axis, before, extent = x.shape()[axis]](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::slice(dy, axis, before, extent));
                });
}

}  // namespace autograd

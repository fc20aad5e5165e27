#include "autograd/ops/clamp.h"

#include "core/kernels/map.h"

namespace autograd {

Variable clamp(const Variable& x, double lo, double hi) {
  core::require("clamp", lo <= hi, "lo must not exceed hi; got {}, {}", lo, hi);
  core::Tensor y = core::clamp(x.value(), lo, hi);
  return record("clamp", std::move(y), {x},
                [x = x.value(), lo, hi](core::Tensor dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::clamp_backward(std::move(dy), x, lo, hi));
                });
}

}  // namespace autograd

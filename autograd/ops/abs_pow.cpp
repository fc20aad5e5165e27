#include "autograd/ops/abs_pow.h"

#include "core/kernels/map.h"

namespace autograd {

Variable abs_pow(const Variable& x, double p) {
  core::require("abs_pow", p > 0, "the power must be positive; got {}", p);
  core::Tensor y = core::abs_pow(x.value(), p);
  return record("abs_pow", std::move(y), {x}, [x = x.value(), p](core::Tensor dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::abs_pow_backward(std::move(dy), x, p));
  });
}

}  // namespace autograd

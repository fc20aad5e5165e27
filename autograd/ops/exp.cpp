#include "autograd/ops/exp.h"

#include "core/kernels/map.h"

namespace autograd {

Variable exp(const Variable& x) {
  core::Tensor y = core::exp(x.value());
  return record("exp", y, {x}, [y](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::mul(dy, y));
  });
}

}  // namespace autograd

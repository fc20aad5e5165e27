#include "autograd/ops/sigmoid.h"

#include "core/kernels/map.h"

namespace autograd {

Variable sigmoid(const Variable& x) {
  core::Tensor y = core::sigmoid(x.value());
  return record("sigmoid", y, {x}, [y](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::mul(dy, core::mul(y, core::affine(y, -1.0, 1.0))));
  });
}

}  // namespace autograd

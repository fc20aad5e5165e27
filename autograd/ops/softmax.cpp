#include "autograd/ops/softmax.h"

#include "core/kernels/softmax.h"

namespace autograd {

Variable softmax(const Variable& x, double scale) {
  core::Tensor y = core::softmax(x.value(), scale);
  return record("softmax", y, {x}, [y, scale](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::softmax_backward(dy, y, scale));
  });
}

}  // namespace autograd

#include "autograd/ops/softmax.h"

#include "core/kernels/softmax.h"

namespace autograd {

Variable softmax(const Variable& x) {
  core::Tensor y = core::softmax(x.value());
  return record("softmax", y, {x}, [y](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::softmax_backward(dy, y));
  });
}

}  // namespace autograd

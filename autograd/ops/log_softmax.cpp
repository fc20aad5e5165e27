#include "autograd/ops/log_softmax.h"

#include "core/kernels/softmax.h"

namespace autograd {

Variable log_softmax(const Variable& x) {
  core::Tensor y = core::log_softmax(x.value());
  return record("log_softmax", y, {x}, [y](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::log_softmax_backward(dy, y));
  });
}

}  // namespace autograd

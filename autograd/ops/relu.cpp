#include "autograd/ops/relu.h"

#include "core/kernels/map.h"

namespace autograd {

Variable relu(const Variable& x) {
  core::Tensor y = core::relu(x.value());
  return record("relu", y, {x}, [y](core::Tensor dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::relu_backward(std::move(dy), y));
  });
}

}  // namespace autograd

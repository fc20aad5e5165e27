#include "autograd/ops/gelu.h"

#include "core/kernels/map.h"

namespace autograd {

Variable gelu(const Variable& x) {
  core::Tensor y = core::gelu(x.value());
  return record("gelu", std::move(y), {x}, [x = x.value()](core::Tensor dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::gelu_backward(std::move(dy), x));
  });
}

}  // namespace autograd

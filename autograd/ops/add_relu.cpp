#include "autograd/ops/add_relu.h"

#include "core/kernels/map.h"

namespace autograd {

Variable add_relu(const Variable& a, const Variable& b) {
  core::require("add_relu", a.shape() == b.shape(), "a and b must have one shape; got a {}, b {}",
                a.shape(), b.shape());
  core::Tensor y = core::add_relu(a.value(), b.value());
  return record("add_relu", y, {a, b}, [y](core::Tensor dy, GradSlots& dx) {
    const core::Tensor masked = core::relu_backward(std::move(dy), y);
    if (dx.wants(0)) dx.add(0, masked);
    if (dx.wants(1)) dx.add(1, masked);
  });
}

}  // namespace autograd

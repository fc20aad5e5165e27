#include "autograd/ops/reshape.h"

namespace autograd {

Variable reshape(const Variable& x, const core::Shape& shape) {
  core::Tensor y = x.value().reshape(shape);
  return record("reshape", std::move(y), {x},
                [from = x.shape()](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, dy.reshape(from));
                });
}

}  // namespace autograd

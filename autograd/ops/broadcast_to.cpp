#include "autograd/ops/broadcast_to.h"

#include "core/kernels/reduce.h"

namespace autograd {

Variable broadcast_to(const Variable& x, const core::Shape& shape) {
  core::Tensor y = core::broadcast_to(x.value(), shape);
  return record("broadcast_to", std::move(y), {x},
                [from = x.shape()](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::sum_to(dy, from));
                });
}

}  // namespace autograd

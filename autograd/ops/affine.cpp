#include "autograd/ops/affine.h"

#include "core/kernels/map.h"

namespace autograd {

Variable affine(const Variable& x, double a, double b) {
  return record("affine", core::affine(x.value(), a, b), {x},
                [a](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::affine(dy, a, 0.0));
                });
}

}  // namespace autograd

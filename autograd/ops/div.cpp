#include "autograd/ops/div.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable div(const Variable& a, const Variable& b) {
  core::Tensor y = core::div(a.value(), b.value());
  return record("div", y, {a, b},
                [y, b = b.value(), shape = a.shape()](const core::Tensor& dy, GradSlots& dx) {
                  const core::Tensor da = core::div(dy, b);
                  if (dx.wants(1)) {
                    const core::Tensor sum = core::sum_to(core::mul(da, y), b.shape(), b.dtype());
                    dx.add(1, core::affine(sum, -1.0, 0.0));
                  }
                  if (dx.wants(0)) dx.add(0, core::sum_to(da, shape));
                });
}

}  // namespace autograd

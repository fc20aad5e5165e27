#include "autograd/ops/mul.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable mul(const Variable& a, const Variable& b) {
  core::Tensor y = core::mul(a.value(), b.value());
  return record("mul", std::move(y), {a, b},
                [a = a.value(), b = b.value()](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::sum_to(core::mul(dy, b), a.shape()));
                  if (dx.wants(1)) dx.add(1, core::sum_to(core::mul(dy, a), b.shape(), b.dtype()));
                });
}

}  // namespace autograd

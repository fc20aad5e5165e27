#include "autograd/ops/cast.h"

#include "core/kernels/cast.h"

namespace autograd {

Variable cast(const Variable& x, core::DType dtype) {
  if (x.value().dtype() == dtype) return x;
  return record("cast", core::cast(x.value(), dtype), {x},
                [from = x.value().dtype()](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::cast(dy, from));
                });
}

}  // namespace autograd

#include "autograd/ops/cast.h"

namespace autograd {

Variable cast(const Variable& x, core::DType dtype) {
  if (x.value().dtype() == dtype) return x;
  for (const core::DType type : {x.value().dtype(), dtype})
    core::dispatch_element("cast", type, [](auto) {});  // refuses integers
  return record("cast", x.value().to(dtype), {x},
                [from = x.value().dtype()](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, dy.to(from));
                });
}

}  // namespace autograd

#include "autograd/ops/add.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable add(const Variable& a, const Variable& b) {
  core::Tensor y = core::add(a.value(), b.value());
  return record("add", std::move(y), {a, b},
                [sa = a.shape(), sb = b.shape(), type = b.value().dtype()](const core::Tensor& dy,
                                                                           GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::sum_to(dy, sa));
                  if (dx.wants(1)) dx.add(1, core::sum_to(dy, sb, type));
                });
}

}  // namespace autograd

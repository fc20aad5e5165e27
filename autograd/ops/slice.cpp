#include "autograd/ops/slice.h"

#include "core/kernels/move.h"

namespace autograd {

Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t count,
               std::int64_t step) {
  core::Tensor y = core::slice(x.value(), axis, begin, count, step);
  return record("slice", std::move(y), {x},
                [from = x.shape(), axis, begin, step](const core::Tensor& dy, GradSlots& dx) {
                  if (from.axis(axis) == 0 && step == 1)
                    dx.add_rows(0, begin, dy);
                  else if (dx.wants(0))
                    dx.add(0, core::slice_backward(dy, from, axis, begin, step));
                });
}

}  // namespace autograd

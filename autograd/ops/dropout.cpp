#include "autograd/ops/dropout.h"

#include "core/kernels/dropout.h"

namespace autograd {

Variable dropout(const Variable& x, double p, const core::Rng& rng) {
  if (p == 0) return x;
  return record("dropout", core::dropout(x.value(), p, rng), {x},
                [p, rng](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::dropout(dy, p, rng));
                });
}

}  // namespace autograd

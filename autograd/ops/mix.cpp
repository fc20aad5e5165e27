#include "autograd/ops/mix.h"

#include "core/kernels/mix.h"

namespace autograd {

Variable mix(const Variable& a, const Variable& b, double p, const core::Rng& rng) {
  return record("mix", core::mix(a.value(), b.value(), p, rng), {a, b},
                [p, rng](const core::Tensor& dy, GradSlots& d) {
                  if (d.wants(0)) d.add(0, core::mix_backward(dy, true, p, rng));
                  if (d.wants(1)) d.add(1, core::mix_backward(dy, false, p, rng));
                });
}

}  // namespace autograd

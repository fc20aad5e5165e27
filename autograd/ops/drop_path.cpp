#include "autograd/ops/drop_path.h"

#include "core/kernels/dropout.h"
#include "core/kernels/map.h"

namespace autograd {

Variable drop_path(const Variable& x, double p, const core::Rng& rng) {
  core::require("drop_path", x.shape().rank() >= 1, "x must have a sample axis; got x {}",
                x.shape());
  if (p == 0) return x;
  core::Shape per_sample = x.shape();
  for (int i = 1; i < per_sample.rank(); ++i) per_sample = per_sample.with(i, 1);
  // Dropout of ones: 0 or 1 / (1 - p) for each sample.
  const core::Tensor factor = core::dropout(
      core::Tensor::full(per_sample, 1.0, core::arithmetic_type(x.value().dtype())), p, rng);
  return record("drop_path", core::mul(x.value(), factor), {x},
                [factor](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::mul(dy, factor));
                });
}

}  // namespace autograd

#include "autograd/ops/lsq_quantize.h"

#include "core/kernels/lsq.h"
#include "core/kernels/map.h"

#include <cmath>

namespace autograd {

Variable lsq_quantize(const Variable& x, const Variable& scale, const core::Tensor& zero,
                      const LsqOptions& options) {
  for (const double s : scale.value().values()) {
    core::require("lsq_quantize", s > 0 && std::isfinite(s),
                  "every scale must be positive and finite; got {}", s);
  }
  const core::LsqRange range{options.q_min, options.q_max};
  core::Tensor y = core::lsq(x.value(), scale.value(), zero, range);
  return record("lsq_quantize", std::move(y), {x, scale},
                [x = x.value(), scale = scale.value(), zero, range, g = options.grad_scale](
                    const core::Tensor& dy, GradSlots& dx) {
                  core::LsqGrads grads = core::lsq_backward(dy, x, scale, zero, range);
                  dx.add(0, std::move(grads.dx));
                  if (dx.wants(1))
                    dx.add(1, g == 1.0 ? grads.dscale : core::affine(grads.dscale, g, 0.0));
                });
}

}  // namespace autograd

#include "autograd/ops/lsq_quantize.h"

#include "core/kernels/lsq.h"
#include "core/kernels/map.h"

#include <cmath>

namespace autograd {
namespace {

const core::Choice* of(const std::optional<core::Choice>& choice) {
  return choice ? &*choice : nullptr;
}

}  // namespace

Variable lsq_quantize(const Variable& x, const Variable& scale, const Variable& zero,
                      const LsqOptions& options) {
  for (const double s : scale.value().values()) {
    core::require("lsq_quantize", s > 0 && std::isfinite(s),
                  "every scale must be positive and finite; got {}", s);
  }
  const core::LsqRange range{options.q_min, options.q_max};
  core::Tensor y = core::lsq(x.value(), scale.value(), zero.value(), range, of(options.choice));
  return record(
      "lsq_quantize", std::move(y), {x, scale, zero},
      [x = x.value(), scale = scale.value(), zero = zero.value(), range, g = options.grad_scale,
       choice = options.choice](core::Tensor dy, GradSlots& dx) {
        const auto scaled = [g](core::Tensor d) { return g == 1.0 ? d : core::affine(d, g, 0.0); };
        if (dx.wants(2))
          dx.add(2, scaled(core::lsq_zero_gradient(dy, x, scale, zero, range, of(choice))));
        core::LsqGrads grads = core::lsq_backward(std::move(dy), x, scale, zero, range, of(choice));
        dx.add(0, std::move(grads.dx));
        if (dx.wants(1)) dx.add(1, scaled(std::move(grads.dscale)));
      });
}

Variable lsq_quantize(const Variable& x, const Variable& scale, const core::Tensor& zero,
                      const LsqOptions& options) {
  return lsq_quantize(x, scale, Variable(zero), options);
}

}  // namespace autograd

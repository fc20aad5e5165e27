#include "autograd/ops/div.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable div(const Variable& a, const Variable& b) {
  const core::Tensor y = core::div(a.value(), b.value());
  const auto is_like_y = [&](const core::Tensor& t) {
    return t.shape() == y.shape() && t.dtype() == y.dtype();
  };
  // sums of bf16 gradients are of quotients in f32, so y, which is rounded, is made again for them
  const bool widens =
      y.dtype() == core::DType::bf16 && !(is_like_y(a.value()) && is_like_y(b.value()));
  return record("div", y, {a, b},
                [kept = widens ? a.value() : y, widens, b = b.value(), shape = a.shape()](
                    const core::Tensor& dy, GradSlots& dx) {
                  const auto wide = [&](const core::Tensor& t) {
                    return widens ? t.to(core::DType::f32) : t;
                  };
                  const core::Tensor da = core::div(wide(dy), wide(b));
                  if (dx.wants(1)) {
                    const core::Tensor quotient = widens ? core::div(wide(kept), wide(b)) : kept;
                    const core::Tensor sum =
                        core::sum_to(core::mul(da, quotient), b.shape(), b.dtype());
                    dx.add(1, core::affine(sum, -1.0, 0.0));
                  }
                  if (dx.wants(0)) dx.add(0, core::sum_to(da, shape, dy.dtype()));
                });
}

}  // namespace autograd

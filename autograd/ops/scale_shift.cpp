#include "autograd/ops/scale_shift.h"

#include "core/kernels/map.h"
#include "core/kernels/norm.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable scale_shift(const Variable& x, const Variable& scale, const Variable& shift) {
  core::Tensor y = core::scale_shift(x.value(), scale.value(), shift.value());
  return record("scale_shift", std::move(y), {x, scale, shift},
                [x = x.value(), scale = scale.value()](const core::Tensor& dy, GradSlots& dx) {
                  const core::DType type = scale.dtype();
                  if (dx.wants(0)) dx.add(0, core::mul(dy, scale));
                  if (dx.wants(1)) {
                    const core::Tensor product = core::mul(dy.to(type), x.to(type));
                    dx.add(1, core::sum_to(product, scale.shape()));
                  }
                  if (dx.wants(2)) dx.add(2, core::sum_to(dy, scale.shape(), type));
                });
}

}  // namespace autograd

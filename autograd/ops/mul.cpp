#include "autograd/ops/mul.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable mul(const Variable& a, const Variable& b) {
  core::Tensor y = core::mul(a.value(), b.value());
  return record("mul", std::move(y), {a, b},
                [a = a.value(), b = b.value()](const core::Tensor& dy, GradSlots& dx) {
                  const core::DType wide = core::arithmetic_type(dy.dtype());
                  const auto gradient = [&](const core::Tensor& own, const core::Tensor& other) {
                    if (own.shape() == dy.shape() && own.dtype() == dy.dtype())
                      return core::mul(dy, other);
                    return core::sum_to(core::mul(dy.to(wide), other.to(wide)), own.shape(),
                                        own.dtype());
                  };
                  if (dx.wants(0)) dx.add(0, gradient(a, b));
                  if (dx.wants(1)) dx.add(1, gradient(b, a));
                });
}

}  // namespace autograd

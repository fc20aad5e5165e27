#include "autograd/ops/global_mean_pool.h"

#include "core/kernels/pool.h"

namespace autograd {

Variable global_mean_pool(const Variable& x) {
  core::Tensor y = core::global_mean_pool(x.value());
  return record(
      "global_mean_pool", std::move(y), {x},
      [from = x.shape(), dtype = x.value().dtype()](const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) dx.add(0, core::global_mean_pool_backward(dy, from, dtype));
      });
}

}  // namespace autograd

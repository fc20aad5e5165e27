#include "autograd/ops/max_pool2d.h"

namespace autograd {

Variable max_pool2d(const Variable& x, const core::PoolOptions& options) {
  core::MaxPool pool = core::max_pool2d(x.value(), options);
  return record("max_pool2d", std::move(pool.y), {x},
                [winner = pool.winner, from = x.shape()](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::max_pool2d_backward(dy, winner, from));
                });
}

}  // namespace autograd

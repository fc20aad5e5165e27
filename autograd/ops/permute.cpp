#include "autograd/ops/permute.h"

#include "core/kernels/move.h"

namespace autograd {

Variable permute(const Variable& x, const std::vector<int>& order) {
  const int rank = x.shape().rank();
  core::require("permute", static_cast<int>(order.size()) == rank,
                "order must name every axis; got {} axes, x {}", order.size(), x.shape());
  std::vector<int> forward(order.size()), inverse(order.size(), -1);
  for (int i = 0; i < rank; ++i) {
    const auto k = static_cast<std::size_t>(i);
    forward[k] = x.shape().axis(order[k]);
    int& back = inverse[static_cast<std::size_t>(forward[k])];
    core::require("permute", back < 0, "order must name every axis once; got axis {} again, x {}",
                  order[k], x.shape());
    back = i;
  }
  return record("permute", core::permute(x.value(), forward), {x},
                [inverse](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0)) dx.add(0, core::permute(dy, inverse));
                });
}

}  // namespace autograd

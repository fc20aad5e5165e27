#include "autograd/ops/round_ste.h"

#include "core/kernels/map.h"

namespace autograd {

Variable round_ste(const Variable& x) {
  core::Tensor y = core::round(x.value());
  return record("round_ste", std::move(y), {x}, [](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, dy);
  });
}

}  // namespace autograd

#include "autograd/ops/log.h"

#include "core/kernels/map.h"

namespace autograd {

Variable log(const Variable& x) {
  core::Tensor y = core::log(x.value());
  return record("log", std::move(y), {x}, [x = x.value()](const core::Tensor& dy, GradSlots& dx) {
    if (dx.wants(0)) dx.add(0, core::div(dy, x));
  });
}

}  // namespace autograd

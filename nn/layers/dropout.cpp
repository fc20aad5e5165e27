#include "nn/layers/dropout.h"

#include "autograd/ops/drop_path.h"
#include "autograd/ops/dropout.h"

namespace nn {

using autograd::Variable;

Variable Dropout::forward(const Variable& x, Pass& pass) const {
  return pass.training() && rate_ > 0 ? autograd::dropout(x, rate_, pass.mask_rng(*this)) : x;
}

Variable DropPath::forward(const Variable& x, Pass& pass) const {
  return pass.training() && rate_ > 0 ? autograd::drop_path(x, rate_, pass.mask_rng(*this)) : x;
}

}  // namespace nn

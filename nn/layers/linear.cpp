#include "nn/layers/linear.h"

#include "autograd/ops/linear.h"

namespace nn {

autograd::Variable Linear::forward(const autograd::Variable& x, Pass& pass) const {
  const autograd::Variable seen = pass.input(*this, 0, x);
  return pass.output(*this, autograd::linear(seen, pass.parameter(*this, weight), bias_in(pass),
                                             pass.precision()));
}

}  // namespace nn

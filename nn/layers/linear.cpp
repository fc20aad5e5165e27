#include "nn/layers/linear.h"

#include "autograd/ops/linear.h"

namespace nn {

autograd::Variable Linear::forward(const autograd::Variable& x, Pass& pass) const {
  const autograd::Variable seen = pass.input(*this, 0, x);
  return pass.output(*this, autograd::linear(seen, pass.parameter(*this, weight), bias_in(pass),
                                             pass.precision()));
}

core::Tensor Linear::columns(const core::Tensor& x) const {
  const std::int64_t in = weight.value.shape()[1];
  return x.reshape({1, x.numel() / in, in});
}

}  // namespace nn

#include "nn/layers/linear.h"

#include "autograd/ops/linear.h"
#include "core/kernels/gemm.h"

namespace nn {

autograd::Variable Linear::forward(const autograd::Variable& x, Pass& pass) const {
  const autograd::Variable seen = pass.input(*this, 0, x);
  return pass.output(*this, autograd::linear(seen, pass.parameter(*this, weight), bias_in(pass),
                                             pass.precision()));
}

core::Tensor Linear::product(const core::Tensor& x, core::Precision precision) const {
  return core::linear(x, weight.value, nullptr, precision);
}

core::Tensor Linear::cross_moments(const core::Tensor& dy, const core::Tensor& x,
                                   core::Precision precision) const {
  return core::linear_backward_weights(dy, x, precision);
}

core::Tensor Linear::input_moments(const core::Tensor& x) const {
  const std::int64_t in = weight.value.shape()[1];
  return core::gram_matrix(x.reshape({1, x.numel() / in, in})).to(core::DType::f64);
}

}  // namespace nn

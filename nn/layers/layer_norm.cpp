#include "nn/layers/layer_norm.h"

#include "autograd/ops/layer_norm.h"

namespace nn {

LayerNorm::LayerNorm(std::int64_t dim, double eps)
    : eps(eps), weight{{}, core::Tensor::full({dim}, 1.0)}, bias{{}, core::Tensor::zeros({dim})} {}

void LayerNorm::fields(Fields& f) {
  f("weight", weight);
  f("bias", bias);
}

autograd::Variable LayerNorm::forward(const autograd::Variable& x, Pass& pass) const {
  return pass.output(*this, autograd::layer_norm(x, pass.parameter(*this, weight),
                                                 pass.parameter(*this, bias), eps));
}

}  // namespace nn

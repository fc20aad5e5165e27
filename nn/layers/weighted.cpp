#include "nn/layers/weighted.h"

namespace nn {

Weighted::Weighted(core::Shape weight_shape, bool with_bias)
    : weight{{}, core::Tensor::zeros(weight_shape)} {
  if (with_bias) bias = Parameter{{}, core::Tensor::zeros({weight_shape[0]})};
}

std::optional<autograd::Variable> Weighted::bias_in(Pass& pass) const {
  if (!bias) return std::nullopt;
  return pass.parameter(*this, *bias);
}

}  // namespace nn

// Linear: y = x wT + b over the last axis.
//
// Hooks: input (operand 0), parameter (weight, bias), output.
#pragma once

#include "nn/layers/weighted.h"

namespace nn {

class Linear final : public Weighted {
 public:
  Linear(std::int64_t in, std::int64_t out, bool with_bias = true)
      : Weighted({out, in}, with_bias) {}

  std::string_view type() const override { return "Linear"; }
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
  core::Tensor product(const core::Tensor& x, core::Precision precision) const override;
  core::Tensor cross_moments(const core::Tensor& dy, const core::Tensor& x,
                             core::Precision precision) const override;
  core::Tensor input_moments(const core::Tensor& x) const override;
};

}  // namespace nn

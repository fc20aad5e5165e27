// Conv2d: 2-D convolution with an optional bias, over N,H,W,C images.
//
// Hooks: input (operand 0), parameter (weight, bias), output.  A convolution that is followed by a
// batch normalisation runs through conv_bn / conv_bn_relu (layers/conv_bn.h), which place the
// output hook.
#pragma once

#include "core/kernels/conv/conv2d.h"
#include "nn/layers/weighted.h"

namespace nn {

class Conv2d final : public Weighted {
 public:
  /// `options.precision` and `options.relu` are ignored: they come from the pass and the call.
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel,
         const core::Conv2dOptions& options = {}, bool with_bias = false);

  std::string_view type() const override { return "Conv2d"; }
  const core::Conv2dOptions& options() const { return options_; }

  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
  /// The same without the output hook, with a ReLU in the epilogue when asked.
  autograd::Variable apply(const autograd::Variable& x, Pass& pass, bool relu) const;

  core::Tensor product(const core::Tensor& x, core::Precision precision) const override;
  core::Tensor cross_moments(const core::Tensor& dy, const core::Tensor& x,
                             core::Precision precision) const override;
  core::Tensor input_moments(const core::Tensor& x) const override;

  /// Makes this layer compute scale * (w x + b) + shift; a missing bias is created.
  /// shapes: scale (O), shift (O).  dtype: f64.
  void absorb(const core::Tensor& scale, const core::Tensor& shift);

 private:
  core::Conv2dOptions options_at(core::Precision precision) const;

  core::Conv2dOptions options_;
};

}  // namespace nn

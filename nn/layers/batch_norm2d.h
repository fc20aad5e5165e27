// BatchNorm2d: normalisation per channel over N,H,W.
//
// Training passes use the statistics of the batch and report them to Pass::batch_statistics; other
// passes use the running ones, y = x * scale + shift.  A folded layer is the identity and owns no
// values any more: its affine map lives in the convolution before it (Conv2d::absorb).  eps, under
// the root beside the variance, belongs to the trained weights (nn/norm_eps). source:
// torch.nn.BatchNorm2d (PyTorch 1.13): momentum 0.1, unbiased running variance.
#pragma once

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

inline constexpr double kBnEps = 1e-5;  // the default of models; PyTorch, torchvision

class BatchNorm2d final : public Module {
 public:
  static constexpr double kMomentum = 0.1;

  BatchNorm2d(std::int64_t channels, double eps);

  double eps;
  Parameter weight, bias;
  Buffer running_mean, running_var;
  Buffer num_batches_tracked;  // s64 scalar

  std::string_view type() const override { return "BatchNorm2d"; }
  void fields(Fields& f) override;
  /// Calls batch_norm_input and the parameter hook (and batch_statistics in training) but neither
  /// the input nor the output hook: a site is the convolution together with this layer
  /// (layers/conv_bn.h).
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;

  /// running = (1 - momentum) * running + momentum * batch.
  void track(const core::Tensor& batch_mean, const core::Tensor& unbiased_var);

  struct Affine {
    core::Tensor scale, shift;  // f64 (C)
  };
  /// The inference form: y = scale * x + shift.
  Affine inference_form() const;
  /// Returns the inference form and turns this layer into the identity without fields.
  /// throws: Error when already folded.
  Affine fold_away();
  bool folded() const { return folded_; }

 private:
  bool folded_ = false;
};

}  // namespace nn

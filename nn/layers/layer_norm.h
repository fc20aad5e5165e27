// LayerNorm over the last axis.  eps, under the root beside the variance, belongs to the trained
// weights (nn/norm_eps).
//
// Hooks: parameter (weight, bias), output.
#pragma once

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

inline constexpr double kLnEps = 1e-6;  // the default of models; timm's ViT (PyTorch: 1e-5)

class LayerNorm final : public Module {
 public:
  LayerNorm(std::int64_t dim, double eps);

  double eps;
  Parameter weight, bias;

  std::string_view type() const override { return "LayerNorm"; }
  void fields(Fields& f) override;
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
};

}  // namespace nn

// LayerNorm over the last axis, eps 1e-6 (timm's ViT; PyTorch's own default is 1e-5).
//
// Hooks: parameter (weight, bias), output.
#pragma once

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

class LayerNorm final : public Module {
 public:
  static constexpr double kEps = 1e-6;

  explicit LayerNorm(std::int64_t dim);

  Parameter weight, bias;

  std::string_view type() const override { return "LayerNorm"; }
  void fields(Fields& f) override;
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
};

}  // namespace nn

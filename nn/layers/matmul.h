// MatMul: a product of two activations as a site, so that a pass sees both operands (attention's
// q.kT and attn.v).  It has no parameters and does not appear in the state dict.
//
// Hooks: input (operands 0 and 1), output.
#pragma once

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

class MatMul final : public Module {
 public:
  explicit MatMul(bool transpose_b) : transpose_b_(transpose_b) {}

  std::string_view type() const override { return "MatMul"; }
  /// shapes: a (.., M, K), b (.., K, N), or (.., N, K) when transposed -> (.., M, N)
  autograd::Variable forward(const autograd::Variable& a, const autograd::Variable& b,
                             Pass& pass) const;

 private:
  bool transpose_b_;
};

}  // namespace nn

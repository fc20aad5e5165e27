// Relu and Gelu: parameter-free sites.  Being modules gives them a path, by which a pass can tell
// the activations of a network apart; without parameters they do not appear in the state dict.
//
// Hooks: output.
#pragma once

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

class Relu final : public Module {
 public:
  std::string_view type() const override { return "Relu"; }
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
  /// relu(a + b) in one pass over memory: the end of a residual block.
  autograd::Variable forward_sum(const autograd::Variable& a, const autograd::Variable& b,
                                 Pass& pass) const;
};

/// The exact form with erf.
class Gelu final : public Module {
 public:
  std::string_view type() const override { return "Gelu"; }
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
};

}  // namespace nn

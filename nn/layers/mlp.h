// Mlp: fc2(gelu(fc1(x))), the second half of a transformer block (timm's names).
#pragma once

#include "nn/layers/activation.h"
#include "nn/layers/dropout.h"
#include "nn/layers/linear.h"

namespace nn {

class Mlp final : public Module {
 public:
  Mlp(std::int64_t dim, std::int64_t hidden, double dropout)
      : fc1(dim, hidden), drop1(dropout), fc2(hidden, dim), drop2(dropout) {}

  Linear fc1;
  Gelu act;
  Dropout drop1;
  Linear fc2;
  Dropout drop2;

  std::string_view type() const override { return "Mlp"; }
  void fields(Fields& f) override;
  /// shapes: (.., dim) -> (.., dim)
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
};

}  // namespace nn

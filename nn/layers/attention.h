// Attention: multi-head self-attention with timm's names (qkv, proj) and two MatMul sites (qk, av).
//
// attn = softmax((q kT) / sqrt(d)); y = proj(attn v).  deviation: timm scales q before the product
// (q * scale); here the product is scaled, the same value up to rounding, so that a quantiser at
// operand 0 of `qk` sees q as it leaves qkv and the scale stays exact.  Rows of qkv are q; k; v,
// heads inside each.
#pragma once

#include "nn/layers/dropout.h"
#include "nn/layers/linear.h"
#include "nn/layers/matmul.h"

namespace nn {

class Attention final : public Module {
 public:
  /// throws: ShapeError unless dim is a multiple of heads.
  Attention(std::int64_t dim, std::int64_t heads, double dropout);

  Linear qkv;
  MatMul qk{true}, av{false};
  Linear proj;
  Dropout proj_drop;

  std::string_view type() const override { return "Attention"; }
  void fields(Fields& f) override;
  /// shapes: (B, N, dim) -> (B, N, dim)
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;

 private:
  std::int64_t heads_;
};

}  // namespace nn

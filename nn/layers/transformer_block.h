// TransformerBlock: x + attn(norm1(x)), then x + mlp(norm2(x)) (pre-norm, timm's names).
#pragma once

#include "nn/layers/attention.h"
#include "nn/layers/layer_norm.h"
#include "nn/layers/mlp.h"

namespace nn {

struct TransformerBlockOptions {
  std::int64_t dim = 192, heads = 3;
  std::int64_t mlp_ratio = 4;
  double dropout = 0.0;    // after proj, gelu and fc2
  double drop_path = 0.0;  // of both branches
  double ln_eps = kLnEps;
};

class TransformerBlock final : public Module {
 public:
  explicit TransformerBlock(const TransformerBlockOptions& options);

  LayerNorm norm1;
  Attention attn;
  DropPath drop_path1;
  LayerNorm norm2;
  Mlp mlp;
  DropPath drop_path2;

  std::string_view type() const override { return "TransformerBlock"; }
  void fields(Fields& f) override;
  /// shapes: (B, N, dim) -> (B, N, dim)
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;
};

}  // namespace nn

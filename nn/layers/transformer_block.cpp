#include "nn/layers/transformer_block.h"

#include "autograd/ops/add.h"

namespace nn {

using autograd::Variable;

TransformerBlock::TransformerBlock(const TransformerBlockOptions& o)
    : norm1(o.dim, o.ln_eps),
      attn(o.dim, o.heads, o.dropout),
      drop_path1(o.drop_path),
      norm2(o.dim, o.ln_eps),
      mlp(o.dim, o.dim * o.mlp_ratio, o.dropout),
      drop_path2(o.drop_path) {}

void TransformerBlock::fields(Fields& f) {
  f("norm1", norm1);
  f("attn", attn);
  f("drop_path1", drop_path1);
  f("norm2", norm2);
  f("mlp", mlp);
  f("drop_path2", drop_path2);
}

Variable TransformerBlock::forward(const Variable& x, Pass& pass) const {
  const Variable mixed =
      autograd::add(x, drop_path1.forward(attn.forward(norm1.forward(x, pass), pass), pass));
  return autograd::add(mixed,
                       drop_path2.forward(mlp.forward(norm2.forward(mixed, pass), pass), pass));
}

}  // namespace nn

#include "nn/layers/attention.h"

#include <cmath>

#include "autograd/ops/permute.h"
#include "autograd/ops/reshape.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/softmax.h"

namespace nn {

using autograd::Variable;

Attention::Attention(std::int64_t dim, std::int64_t heads, double dropout)
    : qkv(dim, 3 * dim), proj(dim, dim), proj_drop(dropout), heads_(heads) {
  core::require("Attention", heads > 0 && dim % heads == 0,
                "dim must be a multiple of heads; got dim {}, heads {}", dim, heads);
}

void Attention::fields(Fields& f) {
  f("qkv", qkv);
  f("qk", qk);
  f("av", av);
  f("proj", proj);
  f("proj_drop", proj_drop);
}

Variable Attention::forward(const Variable& x, Pass& pass) const {
  const std::int64_t B = x.shape()[0], N = x.shape()[1], C = x.shape()[2], d = C / heads_;
  // (B,N,3C) -> (3,B,heads,N,d), so that q, k and v are slices of the first axis
  const Variable split = autograd::permute(
      autograd::reshape(qkv.forward(x, pass), {B, N, 3, heads_, d}), {2, 0, 3, 1, 4});
  const auto part = [&](std::int64_t i) {
    return autograd::reshape(autograd::slice(split, 0, i, 1), {B, heads_, N, d});
  };
  const double scale = 1.0 / std::sqrt(static_cast<double>(d));
  const Variable attn = autograd::softmax(qk.forward(part(0), part(1), pass), scale);
  const Variable mixed = autograd::permute(av.forward(attn, part(2), pass), {0, 2, 1, 3});
  return proj_drop.forward(proj.forward(autograd::reshape(mixed, {B, N, C}), pass), pass);
}

}  // namespace nn

#include "nn/layers/patch_embed.h"

#include "autograd/ops/linear.h"
#include "autograd/ops/patches.h"
#include "autograd/ops/reshape.h"

namespace nn {

using autograd::Variable;

Variable PatchEmbed::forward(const Variable& images, Pass& pass) const {
  const Variable rows = autograd::patches(pass.input(proj, 0, as_activation(images, pass)), patch_);
  const Variable weight = pass.parameter(proj, proj.weight);
  const std::int64_t dim = weight.shape()[0];
  const Variable matrix = autograd::reshape(weight, {dim, weight.shape().numel() / dim});
  const Variable tokens =
      autograd::linear(rows, matrix, pass.parameter(proj, *proj.bias), pass.precision());
  return pass.output(proj, tokens);
}

}  // namespace nn

#include "quant/network/bn_fold.h"

#include "nn/layers/batch_norm2d.h"
#include "nn/layers/conv2d.h"

namespace quant {

int fold_batch_norms(nn::Model& model) {
  int folded = 0;
  for (const nn::ConvBn& pair : model.conv_bn_pairs()) {
    if (pair.bn->folded()) continue;
    const nn::BatchNorm2d::Affine affine = pair.bn->fold_away();
    pair.conv->absorb(affine.scale, affine.shift);
    ++folded;
  }
  // a new bias needs its path
  nn::bind_paths(model);
  return folded;
}

FoldedNorms norms_to_fold(nn::Model& model) {
  FoldedNorms out;
  for (const nn::ConvBn& pair : model.conv_bn_pairs()) {
    if (pair.bn->folded()) continue;
    out[pair.conv->path()] = {pair.bn->weight.value.values(), pair.bn->bias.value.values(),
                              pair.bn->eps};
  }
  return out;
}

bool has_batch_norm(nn::Model& model) {
  const std::vector<nn::Module*> all = nn::modules(model);
  return std::any_of(all.begin(), all.end(), [](nn::Module* m) {
    const auto* bn = dynamic_cast<const nn::BatchNorm2d*>(m);
    return bn && !bn->folded();
  });
}

}  // namespace quant

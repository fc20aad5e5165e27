#include "quant/network/conv_pairs.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quant {

std::vector<ConvPair> conv_pairs(nn::Model& model) {
  std::vector<ConvPair> out;
  for (const nn::Stage& stage : model.stages()) {
    const std::string_view type = stage.module->type();
    if (type != "BasicBlock" && type != "Bottleneck") continue;
    nn::Conv2d* before = nullptr;
    for (const nn::LayerUnit& layer : stage.layers) {
      // the branch; a projection of the shortcut stands beside it
      if (!layer.path.starts_with(stage.path + ".conv")) continue;
      auto* conv = dynamic_cast<nn::Conv2d*>(layer.module);
      if (before && conv && conv->options().groups == 1) out.push_back({before, conv});
      before = conv;
    }
  }
  return out;
}

double mean_behind_relu(double beta, double gamma) {
  gamma = std::fabs(gamma);
  if (gamma == 0) return std::max(0.0, beta);
  const double t = beta / gamma;
  const double above = 0.5 * std::erfc(-t / std::numbers::sqrt2);  // 1 - Phi(-t)
  const double density = std::exp(-0.5 * t * t) / std::sqrt(2 * std::numbers::pi);
  return beta * above + gamma * density;
}

}  // namespace quant

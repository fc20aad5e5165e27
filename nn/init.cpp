#include "nn/init.h"

#include <cmath>

namespace nn {

std::int64_t fan_in(const core::Shape& weight) { return weight.numel() / weight[0]; }
std::int64_t fan_out(const core::Shape& weight) { return weight.numel() / weight[1]; }

void init_normal(Parameter& p, double std, const core::Rng& rng) {
  p.value = rng.stream(p.path).normal(p.value.shape(), 0.0, std, p.value.dtype());
}

void init_constant(Parameter& p, double value) {
  p.value = core::Tensor::full(p.value.shape(), value, p.value.dtype());
}

void init_kaiming_normal(Parameter& p, std::int64_t fan, const core::Rng& rng) {
  init_normal(p, std::sqrt(2.0 / static_cast<double>(fan)), rng);
}

void init_torch_default(Weighted& layer, const core::Rng& rng) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in(layer.weight.value.shape())));
  const auto uniform = [&](Parameter& p) {
    p.value = rng.stream(p.path).uniform(p.value.shape(), -bound, bound, p.value.dtype());
  };
  uniform(layer.weight);
  if (layer.bias) uniform(*layer.bias);
}

}  // namespace nn

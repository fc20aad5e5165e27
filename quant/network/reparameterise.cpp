#include "quant/network/reparameterise.h"

#include <cmath>

namespace quant {

void reparameterise(nn::LayerNorm& norm, nn::Linear& layer, std::span<const double> steps,
                    std::span<const double> zeros) {
  core::Tensor &w = layer.weight.value, &gamma = norm.weight.value, &beta = norm.bias.value;
  const auto channels = static_cast<std::size_t>(gamma.numel());
  core::require(
      "reparameterise",
      steps.size() == channels && zeros.size() == channels && w.shape()[1] == gamma.numel(),
      "steps, zero points, norm and layer must agree; got {} steps, {} zero points, {} "
      "channels, weight {}",
      steps.size(), zeros.size(), channels, w.shape());
  if (!layer.bias) throw core::Error("reparameterise: the layer must have a bias");
  double step = 0, zero = 0, live = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    core::require("reparameterise", std::isfinite(steps[c]) && steps[c] >= 0,
                  "steps must be finite and not negative; got {}", steps[c]);
    if (steps[c] == 0) continue;
    step += steps[c];
    zero += zeros[c];
    live += 1;
  }
  if (live == 0) return;
  step /= live;
  zero /= live;
  std::vector<double> r(channels, 1.0), b(channels, 0.0);
  for (std::size_t c = 0; c < channels; ++c) {
    if (steps[c] == 0) continue;
    r[c] = steps[c] / step;
    b[c] = -zeros[c] * steps[c] / r[c] + zero * step;
  }
  core::dispatch_float("reparameterise", w.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto g = gamma.writable<T>(), shift = beta.writable<T>(), to = w.writable<T>(),
               bias = layer.bias->value.writable<T>();
    for (std::size_t c = 0; c < channels; ++c) {
      g[c] = static_cast<T>(static_cast<double>(g[c]) / r[c]);
      shift[c] = static_cast<T>(static_cast<double>(shift[c]) / r[c] - b[c]);
    }
    for (std::size_t o = 0; o < bias.size(); ++o) {
      double gained = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        T& weight = to[o * channels + c];
        weight = static_cast<T>(static_cast<double>(weight) * r[c]);
        gained += static_cast<double>(weight) * b[c];
      }
      bias[o] = static_cast<T>(static_cast<double>(bias[o]) + gained);
    }
  });
}

}  // namespace quant

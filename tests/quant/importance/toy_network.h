// A network of two small linear layers for the tests of importance scores, and one of a single
// layer whose curvature is known.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "autograd/ops/relu.h"
#include "core/system/monitor.h"
#include "nn/layers/linear.h"
#include "quant/grid/codes.h"
#include "quant/importance/importance.h"
#include "tests/quant/helpers.h"

namespace quant_test {

struct ToyNetwork final : nn::Module {
  nn::Linear a{3, 5, false}, b{5, 4, false};
  bool deep;

  explicit ToyNetwork(bool two_layers) : deep(two_layers) {
    nn::bind_paths(*this);
    const core::Rng rng(21);
    a.weight.value = rng.stream("a").normal({5, 3}, 0.0, 1.0);
    b.weight.value = rng.stream("b").normal({4, 5}, 0.0, 1.0);
  }
  std::string_view type() const override { return "ToyNetwork"; }
  void fields(nn::Fields& f) override {
    f("a", a);
    f("b", b);
  }
  /// (N, 3) -> (N, 4), or (N, 5) of the first layer alone.
  nn::Forward run() const {
    return [this](const autograd::Variable& x, nn::Pass& pass) {
      const autograd::Variable y = a.forward(x, pass);
      return deep ? b.forward(autograd::relu(y), pass) : y;
    };
  }
  quant::NetworkLoss::Weights weights() const {
    if (!deep) return {{"a.weight"}, {a.weight.value}};
    return {{"a.weight", "b.weight"}, {a.weight.value, b.weight.value}};
  }
};

inline core::Tensor toy_images(std::int64_t n) { return core::Rng(22).normal({n, 3}, 0.0, 1.0); }

/// A toy network with everything that a score is given; candidates 2, 3 and 4 bits.
struct ToyScores {
  ToyNetwork network;
  core::Monitor monitor;
  quant::NetworkLoss loss;
  std::vector<int> bits{2, 3, 4};
  std::vector<std::vector<core::Tensor>> rounded;

  explicit ToyScores(bool deep = true, std::int64_t images = 40)
      : network(deep),
        loss(network.run(), toy_images(images), network.weights(), core::Precision::f32, monitor) {
    const auto scale = make<quant::Scale>("minmax");
    for (const core::Tensor& w : loss.floats()) {
      rounded.emplace_back();
      for (const int b : bits) {
        const quant::Grid grid{.bits = b};
        rounded.back().push_back(quant::fake_quantise(w, (*scale)(w, grid), grid));
      }
    }
  }
  quant::ImportanceScores operator()(const std::string& name, Keys keys = {},
                                     bool by_channel = false, std::uint64_t seed = 1) const {
    return (*make<quant::Importance>(name, keys))({.loss = loss,
                                                   .bits = bits,
                                                   .rounded = rounded,
                                                   .by_channel = by_channel,
                                                   .rng = core::Rng(seed)});
  }
};

/// The scores by channel add up to those by layer.
inline bool adds_up(const quant::ImportanceScores& layers,
                    const quant::ImportanceScores& channels) {
  bool same = layers.size() == channels.size();
  for (std::size_t i = 0; same && i < layers.size(); ++i) {
    for (std::size_t c = 0; c < layers[i][0].size(); ++c) {
      double sum = 0;
      for (const auto& part : channels[i]) sum += part[c];
      same = same && std::abs(sum - layers[i][0][c]) <= 1e-6 * (1e-12 + std::abs(sum));
    }
  }
  return same;
}

}  // namespace quant_test

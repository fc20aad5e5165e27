#include "quant/prepare/prepare.h"

#include <doctest/doctest.h>

#include <array>
#include <tuple>

#include "nn/layers/layer_norm.h"
#include "nn/layers/linear.h"
#include "nn/layers/weighted.h"
#include "quant/network/bn_fold.h"
#include "quant/recipe/recipe.h"
#include "tests/quant/helpers.h"

using core::Tensor;

namespace {

/// Scale and shift of norms: constants on either side of zero, nothing at all, next to constant,
/// far above zero and yet not everywhere, turned round.
constexpr std::array<std::pair<float, float>, 6> kTwists{
    {{0, 3}, {0, -2}, {0, 0}, {1e-9f, 1}, {0.1f, 5}, {-1, -6}}};

/// Six channels of eight.
void twist(Tensor& gamma, Tensor& beta) {
  const auto g = gamma.writable<float>(), b = beta.writable<float>();
  for (std::size_t c = 0; c < g.size(); ++c) {
    if (c % 8 < kTwists.size()) std::tie(g[c], b[c]) = kTwists[c % 8];
  }
}

/// A network with everything that a change of its parameters may trip over: norms as above, output
/// and input channels without weights.
std::unique_ptr<nn::Model> nasty(const std::string& name, std::int64_t side,
                                 std::int64_t channels) {
  auto model = quant_test::model(name, side, channels);
  for (nn::Module* module : nn::modules(*model)) {
    if (auto* bn = dynamic_cast<nn::BatchNorm2d*>(module)) twist(bn->weight.value, bn->bias.value);
    if (auto* ln = dynamic_cast<nn::LayerNorm*>(module)) twist(ln->weight.value, ln->bias.value);
    auto* layer = dynamic_cast<nn::Weighted*>(module);
    if (!layer) continue;
    const auto w = layer->weight.value.writable<float>();
    const std::size_t row = w.size() / static_cast<std::size_t>(layer->weight.value.shape()[0]);
    std::fill_n(w.begin() + static_cast<std::ptrdiff_t>(row), row, 0.0f);  // output 1
    const auto window = row / static_cast<std::size_t>(layer->weight.value.shape()[1]);
    if (row < 4 * window) continue;
    for (std::size_t at = 3 * window; at < w.size(); at += row)  // input 3
      std::fill_n(w.begin() + static_cast<std::ptrdiff_t>(at), window, 0.0f);
  }
  return model;
}

Tensor logits(nn::Model& model, const Tensor& x) {
  nn::EvalPass plain;
  return model.forward(autograd::Variable(x), plain).value();
}

}  // namespace

TEST_CASE("no prepare and no folding changes what a float network computes") {
  struct Net {
    std::string name;
    std::int64_t side, channels;
  };
  for (const Net& net :
       {Net{"resnet20", 17, 1}, Net{"resnet50", 33, 3}, Net{"vit_micro_patch4_28", 28, 1}}) {
    const auto model = nasty(net.name, net.side, net.channels);
    const Tensor x = quant_test::images(1, net.side, net.channels);
    const Tensor before = logits(*model, x);
    for (const std::string& name : core::Registry<quant::Prepare>::names()) {
      const auto prepare = quant_test::make<quant::Prepare>(name);
      const auto copy = model->clone();
      if (!prepare->needs(*copy).empty()) continue;
      CAPTURE(net.name);
      CAPTURE(net.side);
      CAPTURE(name);
      quant::FoldedNorms norms = quant::norms_to_fold(*copy);
      quant::fold_batch_norms(*copy);
      CHECK(support::relative_difference(logits(*copy, x), before) < 1e-5);
      prepare->apply(*copy, x, quant_test::recipe({{"quant.act.bits", 4}}).act.grid, norms);
      CHECK(support::relative_difference(logits(*copy, x), before) < 1e-4);
    }
  }
}

#include <doctest/doctest.h>

#include "nn/layers/layer_norm.h"
#include "nn/layers/transformer_block.h"
#include "quant/prepare/prepare.h"
#include "tests/quant/helpers.h"

using core::Tensor;
using quant_test::recipe;

namespace {

/// Channels of very different sizes behind the layer norms.
void spread(nn::Model& model) {
  for (nn::Module* module : nn::modules(model)) {
    auto* norm = dynamic_cast<nn::LayerNorm*>(module);
    if (!norm) continue;
    const auto gamma = norm->weight.value.writable<float>();
    for (std::size_t c = 0; c < gamma.size(); ++c) gamma[c] = c % 16 == 0 ? 4.0f : 0.3f;
  }
}

}  // namespace

TEST_CASE("the float network computes the same after RepQ") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  spread(*model);
  const auto copy = model->clone();
  const Tensor x = quant_test::images(4, 28, 1);
  quant::FoldedNorms norms;
  const auto repq = quant_test::make<quant::Prepare>("repq");
  CHECK(repq->needs(*copy).empty());
  repq->apply(*copy, x, recipe({{"quant.act.bits", 4}}).act.grid, norms);
  nn::EvalPass plain;
  const Tensor y = model->forward(autograd::Variable(x), plain).value();
  CHECK(support::relative_difference(copy->forward(autograd::Variable(x), plain).value(), y) <
        1e-4);
  CHECK_FALSE(support::same_bits(copy->forward(autograd::Variable(x), plain).value(), y));
}

TEST_CASE("channels of any size but nothing are folded, and the network computes the same") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  for (nn::Module* module : nn::modules(*model)) {
    auto* norm = dynamic_cast<nn::LayerNorm*>(module);
    if (!norm) continue;
    const auto gamma = norm->weight.value.writable<float>(),
               beta = norm->bias.value.writable<float>();
    gamma[0] = 1e-9f, beta[0] = 0;  // once below the smallest step
    gamma[1] = 0, beta[1] = 0;
  }
  const auto copy = model->clone();
  const Tensor x = quant_test::images(4, 28, 1);
  quant::FoldedNorms norms;
  quant_test::make<quant::Prepare>("repq")->apply(*copy, x,
                                                  recipe({{"quant.act.bits", 4}}).act.grid, norms);
  nn::EvalPass plain;
  const Tensor y = model->forward(autograd::Variable(x), plain).value();
  CHECK(support::relative_difference(copy->forward(autograd::Variable(x), plain).value(), y) <
        1e-4);
  for (nn::Module* module : nn::modules(*copy)) {
    const auto* block = dynamic_cast<nn::TransformerBlock*>(module);
    if (!block) continue;
    CHECK(block->norm1.weight.value.at(0) > 1e-4);
    CHECK(block->norm1.weight.value.at(1) == 0);
    CHECK(block->norm1.bias.value.at(1) == 0);
  }
}

TEST_CASE("with channels of different sizes RepQ brings 4-bit activations closer to float") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  spread(*model);
  const Tensor x = quant_test::images(8, 28, 1);
  nn::EvalPass plain;
  const Tensor y = model->forward(autograd::Variable(x), plain).value();
  double distance[2];
  for (const bool repq : {false, true}) {
    core::Monitor monitor;
    const auto q = quant::quantise(*model, x,
                                   recipe({{"quant.weight.bits", 8},
                                           {"quant.act.bits", 4},
                                           {"quant.act.scale", "minmax"},
                                           {"quant.prepare", repq ? "repq" : "none"}}),
                                   core::Rng(1), monitor);
    distance[repq] = support::relative_difference(q.logits(x), y);
  }
  CHECK(distance[1] < distance[0]);
}

TEST_CASE("RepQ is refused without quantised activations and without transformer blocks") {
  CHECK_THROWS_WITH_AS(recipe({{"quant.prepare", "repq"}}), doctest::Contains("quant.act.bits"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(
      recipe({{"quant.prepare", "repq"}, {"quant.act.bits", 4}, {"quant.act.symmetric", true}}),
      doctest::Contains("asymmetric"), core::ConfigError);
  const auto cnn = quant_test::model("resnet20", 8, 1);
  core::Monitor monitor;
  CHECK_THROWS_WITH_AS(quant::quantise(*cnn, quant_test::images(2, 8, 1),
                                       recipe({{"quant.prepare", "repq"}, {"quant.act.bits", 4}}),
                                       core::Rng(1), monitor),
                       doctest::Contains("transformer"), core::InputError);
}

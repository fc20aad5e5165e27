#include "quant/bits/layer_facts.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using quant_test::recipe;

namespace {

struct Facts {
  std::unique_ptr<nn::Model> model;
  quant::QuantiserMap map;
  std::vector<quant::LayerFacts> facts;

  Facts(const char* name, std::int64_t side, std::int64_t channels, quant_test::Keys keys)
      : model(quant_test::model(name, side, channels)),
        map(quant::quantiser_map(*model, recipe(keys))),
        facts(quant::layer_facts(*model, map)) {}
  const quant::LayerFacts& of(const std::string& parameter) const {
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (map.weights[i].parameter == parameter) return facts[i];
    }
    throw core::Error("no layer " + parameter);
  }
};

}  // namespace

TEST_CASE("layer facts count weights and multiply-accumulates, and know what layers read") {
  const Facts f("resnet20", 8, 1, {{"quant.act.bits", 4}});
  REQUIRE(f.facts.size() == 20);
  CHECK(f.of("conv1.weight").elements == 16 * 9);
  CHECK(f.of("conv1.weight").macs == 8 * 8 * 16 * 9);
  CHECK(f.of("conv1.weight").act_bits == 8);  // the image
  CHECK(f.of("layer1.0.conv1.weight").macs == 8 * 8 * 16 * 16 * 9);
  CHECK(f.of("layer1.0.conv1.weight").act_bits == 8);  // first output of first_last all_8
  CHECK(f.of("layer1.0.conv2.weight").act_bits == 4);
  CHECK(f.of("layer2.0.conv1.weight").macs == 4 * 4 * 32 * 16 * 9);
  CHECK(f.of("linear.weight").macs == 640);
  CHECK(f.of("linear.weight").act_bits == 8);  // pooled from the last activation
}

TEST_CASE("without activation quantisers every input counts 32 bits") {
  const Facts f("resnet20", 8, 1, {});
  for (const quant::LayerFacts& layer : f.facts) CHECK(layer.act_bits == 32);
}

TEST_CASE("input quantisers are those of the layers themselves in a transformer") {
  const Facts f("vit_micro_patch4_28", 28, 1,
                {{"quant.act.bits", 6}, {"quant.first_last", "qdrop"}});
  CHECK(f.facts.front().act_bits == 8);
  CHECK(f.of("blocks.0.attn.qkv.weight").act_bits == 6);
  CHECK(f.of("blocks.0.mlp.fc2.weight").act_bits == 6);
  CHECK(f.of("head.weight").act_bits == 8);
  // tokens: 49 patches and the class token
  CHECK(f.of("blocks.0.mlp.fc1.weight").macs == 50 * f.of("blocks.0.mlp.fc1.weight").elements);
}

TEST_CASE("layers that read the same values are one group: a shortcut and its first convolution") {
  const Facts f("resnet18", 32, 3, {});
  CHECK(f.of("layer2.0.downsample.0.weight").group == f.of("layer2.0.conv1.weight").group);
  CHECK(f.of("layer2.0.conv2.weight").group != f.of("layer2.0.conv1.weight").group);
  CHECK(f.of("layer1.0.conv1.weight").group != f.of("layer1.1.conv1.weight").group);
}

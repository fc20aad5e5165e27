#include "quant/sites.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/quant/helpers.h"

using quant::Grid;

namespace {

std::vector<std::string> act_names(const quant::QuantiserMap& map) {
  std::vector<std::string> out;
  for (const auto& site : map.acts) out.push_back(site.id.str());
  return out;
}

int bits_at(const quant::QuantiserMap& map, const std::string& site) {
  for (const auto& act : map.acts) {
    if (act.id.str() == site) return act.grid.bits;
  }
  return -1;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

TEST_CASE("a CIFAR ResNet quantises its 20 weights and the outputs of its 19 activations") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto map = quant::quantiser_map(*model, quant_test::recipe({{"quant.act.bits", 4}}));
  REQUIRE(map.weights.size() == 20);
  CHECK(map.weights.front().parameter == "conv1.weight");
  CHECK(map.weights.front().grid.bits == 8);
  CHECK(map.weights[1].parameter == "layer1.0.conv1.weight");
  CHECK(map.weights[1].grid.bits == 4);
  CHECK(map.weights.back().grid.bits == 8);
  const auto names = act_names(map);
  REQUIRE(names.size() == 19);
  CHECK(names.front() == "act1 output");
  CHECK(names[1] == "layer1.0.act1 output");
  CHECK(names[2] == "layer1.0.act2 output");
  CHECK(map.acts.front().grid.bits == 8);
  CHECK(map.acts[1].grid.bits == 4);
  CHECK(map.acts.back().grid.bits == 8);
}

TEST_CASE(
    "a transformer quantises the inputs of its layers and both operands of its products, not the "
    "image") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  const auto map = quant::quantiser_map(*model, quant_test::recipe({{"quant.act.bits", 4}}));
  CHECK(map.weights.size() == 6 * 4 + 2);
  const auto names = act_names(map);
  CHECK(names.size() == 6 * 8 + 1);
  for (const char* site :
       {"blocks.0.attn.qkv input 0", "blocks.0.attn.qk input 0", "blocks.0.attn.qk input 1",
        "blocks.0.attn.av input 0", "blocks.0.attn.av input 1", "blocks.0.attn.proj input 0",
        "blocks.0.mlp.fc1 input 0", "blocks.5.mlp.fc2 input 0", "head input 0"}) {
    CHECK_MESSAGE(contains(names, site), site);
  }
  CHECK_FALSE(contains(names, "patch_embed.proj input 0"));
  CHECK(bits_at(map, "head input 0") == 8);
  CHECK(bits_at(map, "blocks.0.attn.qkv input 0") == 4);
}

TEST_CASE("first/last policies reach the right sites") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto bits = [&](const char* policy) {
    const auto map = quant::quantiser_map(
        *resnet,
        quant_test::recipe(
            {{"quant.act.bits", 3}, {"quant.weight.bits", 2}, {"quant.first_last", policy}}));
    return std::vector<int>{
        map.weights.front().grid.bits,        map.weights[1].grid.bits,
        map.weights.back().grid.bits,         bits_at(map, "act1 output"),
        bits_at(map, "layer1.0.act2 output"), bits_at(map, "layer3.2.act2 output")};
  };
  CHECK(bits("brecq") == std::vector<int>{8, 2, 8, 8, 3, 3});
  CHECK(bits("qdrop") == std::vector<int>{8, 2, 8, 3, 3, 8});
  CHECK(bits("all_8") == std::vector<int>{8, 2, 8, 8, 3, 8});
  CHECK(bits("same") == std::vector<int>{2, 2, 2, 3, 3, 3});
  CHECK(bits("fp") == std::vector<int>{32, 2, 32, 3, 3, -1});
}

TEST_CASE("32-bit activations have no sites and float weights stay float at the edges too") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto map = quant::quantiser_map(*resnet, quant_test::recipe({{"quant.weight.bits", 32}}));
  CHECK(map.acts.empty());
  for (const auto& site : map.weights) CHECK(site.grid.off());
}

TEST_CASE("a ResNet can quantise inputs; a transformer refuses outputs") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto map = quant::quantiser_map(
      *resnet, quant_test::recipe({{"quant.act.bits", 4}, {"quant.map", "inputs"}}));
  CHECK(map.acts.size() == 19);
  CHECK(map.acts.front().id.str() == "layer1.0.conv1 input 0");
  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  CHECK_THROWS_AS(quant::quantiser_map(
                      *vit, quant_test::recipe({{"quant.act.bits", 4}, {"quant.map", "outputs"}})),
                  core::InputError);
}

TEST_CASE("the printed map has a row for every quantiser, in order of the stages") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto map = quant::quantiser_map(*resnet, quant_test::recipe({{"quant.act.bits", 4}}));
  const auto rows = quant::rows_of(map);
  REQUIRE(rows.size() == map.weights.size() + map.acts.size());
  CHECK(rows[0].site == "conv1.weight");
  CHECK(rows[0].kind == "weight");
  CHECK(rows[0].grid == "asymmetric 8 bit per channel");
  CHECK(rows[0].elements == 432);
  CHECK(rows[1].site == "act1 output");
  CHECK(rows[1].grid == "asymmetric 8 bit per tensor");
  CHECK(rows[2].stage == "layer1.0");
}

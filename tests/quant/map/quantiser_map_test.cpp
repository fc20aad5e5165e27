#include "quant/map/quantiser_map.h"

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

TEST_CASE("overrides stand over bits and first/last policy, for weights and activations") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto map = quant::quantiser_map(
      *resnet, quant_test::recipe(
                   {{"quant.weight.overrides", quant_test::tree({{"stem", 5}, {"linear", 32}})},
                    {"quant.act.bits", 4},
                    {"quant.act.overrides",
                     core::Value(core::Value::Map{{"layer1.*", 6}, {"layer1.0.act1", 32}})}}));
  CHECK(map.weights.front().grid.bits == 5);
  CHECK(map.weights[1].grid.bits == 4);
  CHECK(map.weights.back().grid.off());
  CHECK(bits_at(map, "layer1.0.act1 output") == -1);  // off: no site
  CHECK(bits_at(map, "layer1.0.act2 output") == 6);
  CHECK(bits_at(map, "layer2.0.act1 output") == 4);
  CHECK(quant::rows_of(map)[0].grid.find("5 bit") != std::string::npos);

  // single activations where the rest stays float
  const auto one = quant::quantiser_map(
      *resnet, quant_test::recipe(
                   {{"quant.act.overrides", core::Value(core::Value::Map{{"layer2.1.act2", 3}})}}));
  CHECK(act_names(one) == std::vector<std::string>{"layer2.1.act2 output"});

  const auto typo = quant_test::recipe(
      {{"quant.weight.overrides", core::Value(core::Value::Map{{"layer1.0.conv3", 3}})}});
  CHECK_THROWS_WITH_AS(quant::quantiser_map(*resnet, typo), doctest::Contains("layer1.0.conv2"),
                       core::InputError);

  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  const auto heads = quant::quantiser_map(
      *vit, quant_test::recipe(
                {{"quant.act.bits", 4},
                 {"quant.act.overrides", core::Value(core::Value::Map{{"*.attn.av", 8}})}}));
  CHECK(bits_at(heads, "blocks.3.attn.av input 0") == 8);
  CHECK(bits_at(heads, "blocks.3.attn.av input 1") == 8);
  CHECK(bits_at(heads, "blocks.3.attn.qk input 0") == 4);
}

TEST_CASE("layers are counted among those that are quantised") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto places = quant::layer_places(
      quant::quantiser_map(*resnet, quant_test::recipe({{"quant.first_last", "fp"}})));
  REQUIRE(places.size() == 20);
  CHECK(places.front().index == -1);
  CHECK(places[1].index == 0);
  CHECK(places[18].index == 17);
  CHECK(places[1].count == 18);
  CHECK_FALSE(places[1].depthwise);
}

TEST_CASE("what a model cannot do is refused before anything runs") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  const auto depthwise = quant_test::recipe(
      {{"learn.selection.name", "layers"}, {"learn.selection.which", "depthwise"}});
  CHECK_THROWS_WITH_AS(quant::refuse_misfits(*resnet, depthwise), doctest::Contains("depthwise"),
                       core::InputError);
  const auto correct = quant_test::recipe({{"learn.correct.on", true}, {"learn.input", "mix"}});
  CHECK_NOTHROW(quant::refuse_misfits(*resnet, correct));
  CHECK_THROWS_WITH_AS(quant::refuse_misfits(*vit, correct), doctest::Contains("batch norm"),
                       core::InputError);
  const auto lenient =
      quant_test::recipe({{"learn.correct.on", true}, {"learn.correct.required", false}});
  CHECK_NOTHROW(quant::refuse_misfits(*vit, lenient));
}

TEST_CASE("a group that does not divide a row is refused with the layer, or the row is one") {
  const auto resnet = quant_test::model("resnet20", 8, 3);
  const auto refused = quant_test::recipe({{"quant.weight.group", 32}});
  CHECK_THROWS_WITH_AS(quant::refuse_misfits(*resnet, refused),
                       "quant.weight.group: must divide the 27 weights of an output of layer "
                       "'conv1', and 32 does not; group_misfit: channel gives such a layer one "
                       "step an output channel",
                       core::InputError);
  const auto rows =
      quant_test::recipe({{"quant.weight.group", 32}, {"quant.weight.group_misfit", "channel"}});
  CHECK_NOTHROW(quant::refuse_misfits(*resnet, rows));
  const quant::QuantiserMap map = quant::quantiser_map(*resnet, rows);
  CHECK(map.weights[0].grid.group == 0);   // 27 weights an output
  CHECK(map.weights[1].grid.group == 0);   // 144
  CHECK(map.weights[8].grid.group == 32);  // 288
  CHECK(quant::entries_of(map.weights[8].module->weight.value, map.weights[8].grid) == 32 * 9);
}

TEST_CASE("a network that a preparation does not fit is refused") {
  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  const auto equalise = quant_test::recipe({{"quant.prepare", "equalise"}});
  CHECK_THROWS_WITH_AS(quant::refuse_misfits(*vit, equalise),
                       doctest::Contains("quant.prepare: needs residual blocks"), core::InputError);
}

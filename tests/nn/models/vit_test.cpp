#include "nn/models/vit.h"

#include "nn/state_dict.h"
#include "tests/nn/logits.h"
#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("vision transformers have timm's entries and parameters") {
  const std::pair<const char*, std::int64_t> table[] = {{"vit_tiny_patch16_224", 5'717'416},
                                                        {"vit_small_patch16_224", 22'050'664},
                                                        {"vit_base_patch16_224", 86'567'656}};
  for (const auto& [name, count] : table) {
    const auto m = empty_model(name);
    CHECK(nn::count_parameters(*m) == count);
    const auto entries = nn::state_dict(*m);
    CHECK(entries.size() == 152);
    CHECK(entries[0].first == "cls_token");
    CHECK(entries[1].first == "pos_embed");
    CHECK(entries[1].second.shape() == core::Shape{1, 197, entries[0].second.shape()[2]});
    CHECK(entries[2].first == "patch_embed.proj.weight");
    CHECK(entries[6].first == "blocks.0.attn.qkv.weight");
    CHECK(entries[15].first == "blocks.0.mlp.fc2.bias");
    CHECK(entries[151].first == "head.bias");
  }
}

TEST_CASE("stages are the embedding, the blocks and the head, with their linear layers as units") {
  auto m = model({{"name", "vit_micro_patch4_28"}});
  const auto stages = m->stages();
  REQUIRE(stages.size() == 8);
  CHECK(stages[0].path == "patch_embed");
  CHECK(stages[0].layers[0].path == "patch_embed.proj");
  std::vector<std::string> units;
  for (const nn::LayerUnit& u : stages[3].layers) units.push_back(u.path);
  CHECK(units == std::vector<std::string>{"blocks.2.attn.qkv", "blocks.2.attn.proj",
                                          "blocks.2.mlp.fc1", "blocks.2.mlp.fc2"});
  CHECK(stages[7].layers[0].path == "head");
  for (const nn::Stage& s : stages) {
    for (const nn::LayerUnit& u : s.layers) CHECK(dynamic_cast<nn::Weighted*>(u.module));
  }
}

TEST_CASE("any resolution that the patch divides has its own positions") {
  auto m = model({{"name", "vit_small_patch4_32"}, {"img_size", 20}, {"classes", 7}});
  nn::EvalPass pass;
  CHECK(m->forward(Variable(random({2, 20, 20, 3}, 1)), pass).shape() == core::Shape{2, 7});
}

TEST_CASE("stochastic depth and dropout act in training only and follow the step's generator") {
  auto m = model(
      {{"name", "vit_micro_patch4_28"}, {"drop_path", 0.5}, {"dropout", 0.2}, {"in_channels", 1}});
  nn::EvalPass eval;
  LayerTrainPass train;
  const Variable x(random({2, 28, 28, 1}, 1));
  CHECK(support::same_bits(m->forward(x, eval).value(), m->forward(x, eval).value()));
  CHECK(support::same_bits(m->forward(x, train).value(), m->forward(x, train).value()));
  CHECK_FALSE(support::same_bits(m->forward(x, eval).value(), m->forward(x, train).value()));
}

TEST_CASE("logits of ViT-tiny and ViT-base at 224 equal PyTorch's" * doctest::test_suite("slow")) {
  check_logits({"vit_tiny_patch16_224", "vit_base_patch16_224"});
}

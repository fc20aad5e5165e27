#include "quant/network/granularity.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/quant/helpers.h"

using quant::Granularity;

namespace {

std::vector<std::string> paths(std::string_view model, Granularity granularity) {
  core::Value tree{core::Value::Map{}};
  tree.set_path("name", std::string(model));
  core::Params params(tree);
  const auto net = nn::make_model(params, core::Rng(1));
  const auto stages = net->stages();
  std::vector<std::string> out;
  std::size_t next = 0;
  for (const quant::Section& s : quant::sections_of(stages, granularity)) {
    CHECK(s.begin == next);
    next = s.end;
    out.push_back(s.path);
  }
  CHECK(next == stages.size());
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("blocks are the stages of a ResNet, one by one") {
  CHECK(paths("resnet20", Granularity::block).size() == 11);
}

TEST_CASE("pairs stay inside a group and leave the stem and the head alone") {
  CHECK(paths("resnet20", Granularity::two_blocks) ==
        Names{"conv1", "layer1.0-layer1.1", "layer1.2", "layer2.0-layer2.1", "layer2.2",
              "layer3.0-layer3.1", "layer3.2", "linear"});
}

TEST_CASE("stages of a ResNet are its groups, of a transformer quarters of its depth") {
  CHECK(paths("resnet20", Granularity::stage) ==
        Names{"conv1", "layer1.0-layer1.2", "layer2.0-layer2.2", "layer3.0-layer3.2", "linear"});
  const Names vit = paths("vit_tiny_patch16_224", Granularity::stage);
  CHECK(vit == Names{"patch_embed", "blocks.0-blocks.2", "blocks.3-blocks.5", "blocks.6-blocks.8",
                     "blocks.9-blocks.11", "head"});
}

TEST_CASE("the network is one section") {
  CHECK(paths("resnet20", Granularity::network) == Names{"conv1-linear"});
}

TEST_CASE("a section runs its stages one after the other") {
  core::Value tree{core::Value::Map{}};
  tree.set_path("name", "resnet20");
  tree.set_path("in_channels", 1);
  tree.set_path("img_size", 28);
  core::Params params(tree);
  const auto net = nn::make_model(params, core::Rng(1));
  const auto stages = net->stages();
  nn::EvalPass pass;
  core::Rng rng(2);
  const autograd::Variable x(rng.normal({2, 28, 28, 1}, 0, 1));
  const auto whole = quant::sections_of(stages, Granularity::network).front().run(x, pass);
  CHECK(support::same_bits(whole.value(), net->forward(x, pass).value()));
}

TEST_CASE("granularities are known by name and layers are refused as sections") {
  CHECK(quant::granularity_named("two_blocks") == Granularity::two_blocks);
  CHECK_THROWS_AS(quant::granularity_named("blok"), core::InputError);
  CHECK_THROWS_AS(quant::sections_of({}, Granularity::layer), core::Error);
}

#include "nn/models/resnet.h"

#include "nn/safetensors.h"
#include "nn/state_dict.h"
#include "tests/nn/logits.h"

using namespace nn_test;

namespace {

std::map<std::string, core::Shape> shapes(nn::Model& m) {
  std::map<std::string, core::Shape> out;
  for (const auto& [name, t] : nn::state_dict(m)) out.emplace(name, t.shape());
  return out;
}

}  // namespace

TEST_CASE("ResNet-18 and ResNet-50 have torchvision's entries and parameters") {
  auto r18 = empty_model("resnet18");
  auto r50 = empty_model("resnet50");
  CHECK(nn::state_dict(*r18).size() == 122);
  CHECK(nn::count_parameters(*r18) == 11'689'512);
  CHECK(nn::state_dict(*r50).size() == 320);
  CHECK(nn::count_parameters(*r50) == 25'557'032);
  const auto s18 = shapes(*r18), s50 = shapes(*r50);
  CHECK(s18.at("conv1.weight") == core::Shape{64, 3, 7, 7});
  CHECK(s18.at("layer2.0.downsample.0.weight") == core::Shape{128, 64, 1, 1});
  CHECK(s18.at("layer4.1.bn2.running_var") == core::Shape{512});
  CHECK(s18.at("bn1.num_batches_tracked") == core::Shape{});
  CHECK(s50.at("layer1.0.downsample.0.weight") == core::Shape{256, 64, 1, 1});
  CHECK(s50.at("layer3.0.conv2.weight") == core::Shape{256, 256, 3, 3});
  CHECK(s50.at("layer4.2.conv3.weight") == core::Shape{2048, 512, 1, 1});
  CHECK(s50.at("fc.weight") == core::Shape{1000, 2048});
  const auto order = nn::state_dict(*r18);
  CHECK(order[0].first == "conv1.weight");
  CHECK(order[5].first == "bn1.num_batches_tracked");
  CHECK(order[6].first == "layer1.0.conv1.weight");
  CHECK(order[121].first == "fc.bias");
}

TEST_CASE("CIFAR ResNets have the parameters of the paper's table 6") {
  const std::pair<const char*, std::int64_t> table[] = {
      {"resnet20", 269'722}, {"resnet32", 464'154}, {"resnet44", 658'586}, {"resnet56", 853'018}};
  for (const auto& [name, count] : table) {
    auto m = empty_model(name);
    CHECK(nn::count_parameters(*m) == count);
  }
  auto grey = model({{"name", "resnet20"}, {"in_channels", 1}, {"img_size", 28}});
  CHECK(nn::count_parameters(*grey) == 269'722 - 2 * 16 * 9);
  CHECK(grey->input_spec().height == 28);
  CHECK(shapes(*grey).at("linear.weight") == core::Shape{10, 64});
}

TEST_CASE("stages are the stem, the blocks and the head; pairs are all convolutions") {
  auto m = empty_model("resnet50");
  const auto stages = m->stages();
  REQUIRE(stages.size() == 18);
  CHECK(stages.front().path == "conv1");
  CHECK(stages[4].path == "layer2.0");
  CHECK(stages.back().path == "fc");
  std::size_t convolutions = 0;
  for (const nn::Stage& s : stages) convolutions += s.layers.size();
  CHECK(m->conv_bn_pairs().size() == 53);
  CHECK(convolutions == 54);
}

TEST_CASE("folding every batch norm leaves the logits") {
  for (const char* name : {"resnet20", "resnet18"}) {  // padded shortcuts and projections
    auto m = model({{"name", name}, {"img_size", 32}});
    perturb(*m, 2);
    nn::EvalPass pass;
    const Variable x(random({2, 32, 32, 3}, 1));
    const Tensor before = m->forward(x, pass).value();
    for (const nn::ConvBn& pair : m->conv_bn_pairs()) {
      const auto [scale, shift] = pair.bn->fold_away();
      pair.conv->absorb(scale, shift);
    }
    CHECK(support::relative_difference(m->forward(x, pass).value(), before) < 1e-5);
    for (const auto& [key, t] : nn::state_dict(*m)) CHECK_FALSE(contains(key, "running"));
    const auto copy = m->clone();
    CHECK(support::same_bits(copy->forward(x, pass).value(), m->forward(x, pass).value()));
  }
}

TEST_CASE("logits of ResNet-18 and ResNet-50 at 224 equal torchvision's" *
          doctest::test_suite("slow")) {
  check_logits({"resnet18", "resnet50"});
}

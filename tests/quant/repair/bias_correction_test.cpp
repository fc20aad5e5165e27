#include <doctest/doctest.h>

#include "nn/layers/conv2d.h"
#include "quant/method/method.h"
#include "quant/network/conv_pairs.h"
#include "tests/quant/repair/cases.h"

using core::Tensor;
using quant_test::output_of;
using quant_test::repaired;

TEST_CASE("empirical correction makes the mean output of every layer that of the float network") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(16, 8, 3);
  for (const int act_bits : {32, 4}) {
    auto plain = repaired(*model, x, {{"quant.act.bits", act_bits}});
    auto out =
        repaired(*model, x, {{"quant.act.bits", act_bits}, {"quant.repair", "bias_correction"}});
    for (const char* path : {"conv1", "layer1.0.conv2", "layer2.0.conv1", "layer3.2.conv2"}) {
      const auto wanted = quant_test::moments_of(output_of(out, x, path, false)),
                 found = quant_test::moments_of(output_of(out, x, path, true)),
                 before = quant_test::moments_of(output_of(plain, x, path, true));
      double left = 0, gap = 0;
      for (std::size_t c = 0; c < wanted.mean.size(); ++c) {
        left = std::max(left, std::fabs(found.mean[c] - wanted.mean[c]));
        gap = std::max(gap, std::fabs(before.mean[c] - wanted.mean[c]));
      }
      CHECK(left < 1e-4);
      CHECK(gap > 1e-2);
    }
    for (const auto& [parameter, weight] : out.weights)
      CHECK(weight.codes.values() == plain.weights.at(parameter).codes.values());
  }
}

TEST_CASE("analytic correction takes the mean behind the ReLU from the folded batch norm") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(4, 8, 3);
  auto out = repaired(*model, x,
                      {{"quant.repair.name", "bias_correction"},
                       {"quant.repair.mode", "analytic"},
                       {"quant.repair.others", "leave"}});
  const auto pairs = quant::conv_pairs(*out.model);
  const nn::Conv2d& second = *pairs[2].second;
  const nn::BatchNorm2d& norm = *model->conv_bn_pairs()[5].bn;  // of layer1.2.conv1
  REQUIRE(norm.path() == "layer1.2.bn1");
  const Tensor w = second.weight.value, w_hat = out.pass->parameter(second, second.weight).value();
  double shift = 0;  // of output 3
  for (std::int64_t i = 0; i < 16; ++i) {
    const double mean = quant::mean_behind_relu(norm.bias.value.at(i), norm.weight.value.at(i));
    for (std::int64_t k = 0; k < 9; ++k)
      shift += mean * (w_hat.at((3 * 16 + i) * 9 + k) - w.at((3 * 16 + i) * 9 + k));
  }
  const double bias = out.pass->parameter(second, *second.bias).value().at(3);
  CHECK(bias == doctest::Approx(second.bias->value.at(3) - shift).epsilon(1e-5));
  // a first convolution has a sum before it
  const nn::Conv2d& first = *pairs[2].first;
  CHECK(out.pass->parameter(first, *first.bias).value().values() == first.bias->value.values());
}

TEST_CASE("of analytic correction, the layers without a batch norm before them are empirical") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(8, 8, 3);
  auto out = repaired(
      *model, x, {{"quant.repair.name", "bias_correction"}, {"quant.repair.mode", "analytic"}});
  const auto wanted = quant_test::moments_of(output_of(out, x, "layer2.1.conv1", false)),
             found = quant_test::moments_of(output_of(out, x, "layer2.1.conv1", true));
  for (std::size_t c = 0; c < wanted.mean.size(); ++c)
    CHECK(found.mean[c] == doctest::Approx(wanted.mean[c]).epsilon(1e-3).scale(1));
}

TEST_CASE("layers that skip names keep their biases, the head by default") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(4, 8, 3);
  const auto changed = [&](const quant::Quantised& out) {
    std::vector<std::string> paths;
    for (const nn::Stage& stage : out.model->stages()) {
      for (const nn::LayerUnit& unit : stage.layers) {
        const auto& layer = dynamic_cast<const nn::Weighted&>(*unit.module);
        if (out.pass->parameter(layer, *layer.bias).value().values() != layer.bias->value.values())
          paths.push_back(unit.path);
      }
    }
    return paths;
  };
  const auto with = [&](const core::Value& skip) {
    return changed(repaired(
        *model, x, {{"quant.repair.name", "bias_correction"}, {"quant.repair.skip", skip}}));
  };
  using List = core::Value::List;
  const std::vector<std::string> all = with(List{});
  CHECK(all.size() == 20);
  CHECK(all.back() == "linear");
  const std::vector<std::string> but_head(all.begin(), all.end() - 1);
  CHECK(changed(repaired(*model, x, {{"quant.repair", "bias_correction"}})) == but_head);
  CHECK(with(List{"head"}) == but_head);
  CHECK(with(List{"stem", "layer*", "linear"}).empty());
  CHECK(with(List{"layer1.*", "layer2.*", "head", "layer3.0.*"}) ==
        std::vector<std::string>{"conv1", "layer3.1.conv1", "layer3.1.conv2", "layer3.2.conv1",
                                 "layer3.2.conv2"});
  CHECK(changed(repaired(*model, x,
                         {{"quant.repair.name", "bias_correction"},
                          {"quant.repair.mode", "analytic"},
                          {"quant.repair.others", "leave"},
                          {"quant.repair.skip", List{"layer1.*", "layer2.*"}}})) ==
        std::vector<std::string>{"layer3.0.conv2", "layer3.1.conv2", "layer3.2.conv2"});
  CHECK_THROWS_WITH_AS(with(List{"layer4.*"}), doctest::Contains("'layer4.*' names none"),
                       core::InputError);
  CHECK_THROWS_WITH_AS(with(List{"haed"}), doctest::Contains("head"), core::InputError);
}

TEST_CASE("bias correction behind learned roundings comes with a caution, no other repair does") {
  for (const char* name : {"bias_correction", "bn_reestimation", "none"}) {
    const auto caution = [&](quant_test::Keys keys) {
      core::Value all = quant_test::tree(keys);
      all.set_path("quant.repair.name", name);
      core::Params params(all);
      const quant::Recipe recipe(params);
      return recipe.repair->caution(recipe.repair_setting());
    };
    CHECK(caution({{"learn.iters", 0}}).empty());
    CHECK(caution({{"learn.iters", 1}}).empty() == (std::string(name) != "bias_correction"));
  }
  core::Value solved = quant::method_settings("hessian_gptq");
  solved.set_path("quant.repair", "bias_correction");
  core::Params params(solved);
  const quant::Recipe recipe(params);
  CHECK(recipe.repair->caution(recipe.repair_setting()).empty());
}

TEST_CASE("bias correction of a transformer is empirical alone") {
  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  const Tensor x = quant_test::images(2, 28, 1);
  const auto out = repaired(*vit, x, {{"quant.act.bits", 4}, {"quant.repair", "bias_correction"}});
  CHECK(out.status == "ok");
  CHECK_THROWS_WITH_AS(
      repaired(*vit, x,
               {{"quant.repair.name", "bias_correction"}, {"quant.repair.mode", "analytic"}}),
      doctest::Contains("mode: empirical"), core::InputError);
  CHECK_THROWS_AS(quant_test::recipe(
                      {{"quant.repair.name", "bias_correction"}, {"quant.repair.others", "leave"}}),
                  core::ConfigError);
}

TEST_CASE("repairs that set biases are refused where biases are learned") {
  for (const char* name : {"bias_correction", "bn_reestimation"}) {
    CHECK_THROWS_WITH_AS(quant_test::recipe({{"quant.repair.name", name}, {"learn.bias.on", true}}),
                         doctest::Contains("learn.bias.on false"), core::ConfigError);
  }
}

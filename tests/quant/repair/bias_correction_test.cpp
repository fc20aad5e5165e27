#include <doctest/doctest.h>

#include "nn/layers/conv2d.h"
#include "quant/conv_pairs.h"
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

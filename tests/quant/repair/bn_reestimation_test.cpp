#include <doctest/doctest.h>

#include "nn/layers/conv2d.h"
#include "quant/grid/codes.h"
#include "tests/quant/repair/cases.h"

using core::Tensor;
using quant_test::output_of;
using quant_test::repaired;

TEST_CASE("re-estimation gives every convolution the mean and spread of the float network") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(16, 8, 3);
  auto plain = repaired(*model, x, {});
  auto out = repaired(*model, x, {{"quant.repair", "bn_reestimation"}});
  for (const char* path : {"conv1", "layer1.0.conv2", "layer3.2.conv2"}) {
    const auto wanted = quant_test::moments_of(output_of(out, x, path, false)),
               found = quant_test::moments_of(output_of(out, x, path, true)),
               before = quant_test::moments_of(output_of(plain, x, path, true));
    double gap = 0;
    for (std::size_t c = 0; c < wanted.mean.size(); ++c) {
      CHECK(found.mean[c] == doctest::Approx(wanted.mean[c]).epsilon(1e-3).scale(1));
      CHECK(std::sqrt(found.var[c]) == doctest::Approx(std::sqrt(wanted.var[c])).epsilon(2e-3));
      gap = std::max(gap, std::fabs(std::log(before.var[c] / wanted.var[c])));
    }
    CHECK(gap > 0.02);  // there is something to make good
  }
  // codes stay, and what stands in the pass lies on the steps that are noted
  for (const auto& [parameter, weight] : out.weights) {
    CHECK(weight.codes.values() == plain.weights.at(parameter).codes.values());
    for (nn::Module* module : nn::modules(*out.model)) {
      const auto* layer = dynamic_cast<const nn::Weighted*>(module);
      if (!layer || layer->weight.path != parameter) continue;
      CHECK(out.pass->parameter(*layer, layer->weight).value().values() ==
            quant::dequantise(weight.codes, weight.original.q, weight.original.grid).values());
    }
  }
}

TEST_CASE("re-estimation of weights that are not quantised changes next to nothing") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(8, 8, 3);
  auto out = repaired(*model, x, {{"quant.weight.bits", 32}, {"quant.repair", "bn_reestimation"}});
  nn::EvalPass plain;
  const Tensor wanted = out.model->forward(autograd::Variable(x), plain).value();
  CHECK(support::relative_difference(out.logits(x), wanted) < 1e-3);
}

TEST_CASE("re-estimation needs batch norms and steps of channels") {
  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  CHECK_THROWS_WITH_AS(
      repaired(*vit, quant_test::images(1, 28, 1), {{"quant.repair", "bn_reestimation"}}),
      doctest::Contains("quant.repair: needs batch norms"), core::InputError);
  CHECK_THROWS_WITH_AS(quant_test::recipe({{"quant.repair", "bn_reestimation"},
                                           {"quant.weight.per_channel", false}}),
                       doctest::Contains("per_channel true"), core::ConfigError);
}

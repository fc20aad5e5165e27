#include "quant/act_ranges.h"

#include <doctest/doctest.h>

#include "core/kernels/reduce.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("a sample keeps the extremes, is repeatable, and is everything when it may be") {
  const Tensor x = core::Rng(1).normal({100, 7, 16}, 0, 1);
  const Tensor sample = quant::sample_values(x, 500);
  CHECK(sample.numel() == 502);
  CHECK(core::min_max(sample).min == core::min_max(x).min);
  CHECK(core::min_max(sample).max == core::min_max(x).max);
  CHECK(support::same_bits(sample, quant::sample_values(x, 500)));
  CHECK(quant::sample_values(x, 0).numel() == x.numel());
  CHECK(quant::sample_values(x, 20000).numel() == x.numel());
}

TEST_CASE("a sample sees all channels of a channels-last tensor") {
  Tensor x = Tensor::empty({1000, 16});
  for (int i = 0; i < 16000; ++i) x.writable<float>()[i] = static_cast<float>(i % 16);
  std::vector<int> seen(16, 0);
  for (const double v : quant::sample_values(x, 1000).values()) ++seen[static_cast<std::size_t>(v)];
  for (const int count : seen) CHECK(count > 20);
}

TEST_CASE("every site of the map gets a range, from the float or from the quantised network") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(8, 8, 3);
  std::vector<double> scales[2];
  for (const bool quantised : {false, true}) {
    const auto recipe =
        quant_test::recipe({{"quant.act.bits", 2}, {"quant.act.init", quantised ? "quant" : "fp"}});
    const auto map = quant::quantiser_map(*model, recipe);
    quant::QuantPass pass(core::Precision::f32);
    quant::init_activation_ranges(*model, x, map, recipe.act, pass);
    for (const auto& site : map.acts) {
      const auto* quantiser = pass.activation(site.id.path, site.id.operand);
      REQUIRE(quantiser);
      CHECK(quantiser->zero.item() == 0.0);  // after a ReLU codes are unsigned
      CHECK(quantiser->scale.value().item() > 0);
      scales[quantised].push_back(quantiser->scale.value().item());
    }
  }
  CHECK(scales[0].front() == scales[1].front());
  CHECK(scales[0] != scales[1]);
}

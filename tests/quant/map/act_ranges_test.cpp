#include "quant/map/act_ranges.h"

#include <doctest/doctest.h>

#include <array>

#include "core/kernels/reduce.h"
#include "quant/grid/act_table.h"
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

TEST_CASE(
    "channels take the power of two of their own least error, an eighth of the step at first") {
  Tensor x = core::Rng(1).normal({200, 4}, 0, 1);
  const auto values = x.writable<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] *= std::array{1.0f, 0.5f, 0.25f, 0.01f}[i % 4];
  const quant::Grid grid{.bits = 4, .per_channel = false};
  const quant::QParams q = (*quant_test::make<quant::Scale>("minmax"))(x, grid);
  for (const std::int64_t limit : {0, 400}) {
    const quant::FactoredStep step = quant::power_of_two_factors(x, q, grid, limit);
    CHECK(step.scale.item() == doctest::Approx(q.scale.item() / 8));
    CHECK(step.factor.values() == std::vector<double>{8, 4, 2, 1});
  }
}

TEST_CASE(
    "a transformer's sites take the levels of their roles, a step a head, factors a channel") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  const Tensor x = quant_test::images(2, 28, 1);
  const auto recipe = quant_test::recipe({{"quant.act.bits", 4},
                                          {"quant.act.softmax", "log_sqrt2"},
                                          {"quant.act.gelu", "twin"},
                                          {"quant.act.per_head", true},
                                          {"quant.act.power_of_two_factor", true}});
  const auto map = quant::quantiser_map(*model, recipe);
  quant::QuantPass pass(core::Precision::f32);
  quant::init_activation_ranges(*model, x, map, recipe.act, pass);
  const auto at = [&](const char* path, int operand) { return pass.activation(path, operand); };
  CHECK(at("blocks.0.attn.av", 0)->table->levels.size() == 16);
  CHECK(at("blocks.0.mlp.fc2", 0)->table->levels.size() == 16);
  CHECK(at("blocks.0.attn.av", 1)->scale.value().numel() == 3);
  CHECK(at("blocks.0.attn.qk", 0)->per_head);
  CHECK(at("blocks.0.attn.qk", 1)->per_head);
  CHECK(at("blocks.0.attn.qkv", 0)->factor.numel() == 96);
  CHECK(at("blocks.5.mlp.fc1", 0)->factor.numel() == 96);
  CHECK(at("blocks.0.attn.proj", 0)->factor.numel() == 0);
  CHECK_FALSE(at("blocks.0.attn.proj", 0)->table);
  CHECK(at("head", 0)->factor.numel() == 96);
  bool rows = false;
  for (const quant::MapRow& row : quant::rows_of(map)) {
    if (row.site == "blocks.0.attn.av input 0") CHECK(row.grid == "log_sqrt2 4 bit per tensor");
    if (row.site == "blocks.0.attn.av input 1") CHECK(row.grid == "asymmetric 4 bit per head");
    if (row.site == "blocks.0.attn.qkv input 0") {
      CHECK(row.grid == "asymmetric 4 bit per tensor, powers of two per channel");
      rows = true;
    }
  }
  CHECK(rows);
}

#include <doctest/doctest.h>

#include "tests/quant/act_grid/tables.h"

TEST_CASE("even codes have no table") {
  const auto uniform = quant_test::make<quant::ActGrid>("uniform");
  CHECK(uniform->uniform());
  CHECK_THROWS_AS(
      uniform->fit(quant::SortedValues(std::vector<double>{1.0}), 4, quant::ActRole::other),
      core::Error);
}

TEST_CASE("even codes everywhere are the network without a word about grids, bit for bit") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  const core::Tensor x = quant_test::images(3, 28, 1);
  const auto logits = [&](quant_test::Keys keys) {
    core::Monitor monitor;
    return quant::quantise(*model, x, quant_test::recipe(keys), core::Rng(1), monitor).logits(x);
  };
  CHECK(
      support::same_bits(logits({{"quant.act.bits", 4}}), logits({{"quant.act.bits", 4},
                                                                  {"quant.act.grid", "uniform"},
                                                                  {"quant.act.softmax", "uniform"},
                                                                  {"quant.act.gelu", "uniform"}})));
}

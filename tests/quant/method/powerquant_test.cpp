#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("PowerQuant learns nothing and searches one exponent for the network") {
  core::Params params(quant::method_settings("powerquant"));
  const quant::Recipe recipe(params);
  params.done();
  REQUIRE(recipe.weight.grid.levels != nullptr);
  CHECK(recipe.weight.grid.levels->name() == "power");
  CHECK(recipe.weight.grid.qmin() == -7);
  CHECK(recipe.learn.iters == 0);
  CHECK(recipe.learn_act.iters == 0);

  const auto model = quant_test::model("resnet20", 8, 1);
  core::Monitor monitor;
  const auto q =
      quant::quantise(*model, quant_test::images(4, 8, 1), recipe, core::Rng(1), monitor);
  const double exponent = q.weights.begin()->second.original.q.warp.item();
  for (const auto& [path, baked] : q.weights) {
    CHECK(baked.original.q.warp.item() == exponent);
    CHECK(support::same_bits(baked.codes, quant::quantise_codes(baked.original.w, baked.original.q,
                                                                baked.original.grid)));
  }
}

TEST_CASE("no steps is round to nearest on a power grid, bit for bit, by layer and by block") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const core::Tensor x = quant_test::images(3, 8, 1);
  std::vector<core::Tensor> logits;
  for (const char* granularity : {"layer", "block"}) {
    core::Monitor monitor;
    const auto q = quant::quantise(
        *model, x,
        quant_test::recipe(
            {{"quant.weight.grid", quant_test::tree({{"name", "power"}, {"search", "layer"}})},
             {"quant.weight.bits", 3},
             {"learn.granularity", granularity}}),
        core::Rng(1), monitor);
    logits.push_back(q.logits(x));
    for (const auto& [path, baked] : q.weights) {
      CHECK(support::same_bits(
          baked.codes,
          quant::quantise_codes(baked.original.w, baked.original.q, baked.original.grid)));
    }
  }
  CHECK(support::same_bits(logits[0], logits[1]));
}

TEST_CASE("learned rounding lowers the loss on a power grid too, whatever the family") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const core::Tensor x = quant_test::images(32, 8, 1);
  for (const char* variable : {"rect_sigmoid", "sign_round", "flexround"}) {
    CAPTURE(variable);
    const bool two_states = variable[0] == 'r';
    core::Monitor monitor;
    const auto q =
        quant::quantise(*model, x,
                        quant_test::recipe({{"quant.weight.grid", "power"},
                                            {"quant.weight.bits", 3},
                                            {"learn.variable", variable},
                                            {"learn.regulariser", two_states ? "adaround" : "none"},
                                            {"learn.iters", 20},
                                            {"learn.batch", 8},
                                            {"learn.optimizer.lr", two_states ? 0.05 : 0.02}}),
                        core::Rng(1), monitor);
    int better = 0;
    for (const quant::UnitLog& unit : q.units) better += unit.loss_hard <= unit.loss_rtn;
    CHECK_MESSAGE(better >= static_cast<int>(q.units.size()) - 2,
                  better << " of " << q.units.size());
  }
}

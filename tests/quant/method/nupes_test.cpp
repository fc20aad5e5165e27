#include <doctest/doctest.h>

#include <set>

#include "quant/grid/codes.h"
#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("NUPES learns codes over the whole power grid and its exponents, with a slower rate") {
  core::Params params(quant::method_settings("nupes"));
  const quant::Recipe recipe(params);
  params.done();
  REQUIRE(recipe.weight.grid.levels != nullptr);
  CHECK_FALSE(recipe.learn.variable->has_h());
  CHECK(recipe.learn.exponent.on);
  CHECK(recipe.learn.exponent.optimizer()->base_lr() <= 0.1 * recipe.learn.optimizer()->base_lr());
}

TEST_CASE("NUPES ends below round to nearest in nearly every unit, with exponents that moved") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const core::Tensor x = quant_test::images(32, 8, 1);
  core::Value settings = quant::method_settings("nupes");
  settings.merge(quant_test::tree({{"learn.iters", 25},
                                   {"learn.batch", 8},
                                   {"learn.optimizer.lr", 0.02},
                                   {"learn.exponent.optimizer.lr", 0.002},
                                   {"quant.first_last", "same"},
                                   {"quant.weight.bits", 3}}));
  core::Params params(settings);
  const quant::Recipe recipe(params);
  params.done();
  const auto run = [&] {
    core::Monitor monitor;
    return quant::quantise(*model, x, recipe, core::Rng(1), monitor);
  };
  const quant::Quantised q = run(), again = run();
  CHECK(q.status == "ok");
  int better = 0;
  for (const quant::UnitLog& unit : q.units) better += unit.loss_hard <= unit.loss_rtn;
  CHECK_MESSAGE(better >= static_cast<int>(q.units.size()) - 1, better << " of " << q.units.size());
  std::set<double> exponents;
  for (const auto& [path, baked] : q.weights) {
    exponents.insert(baked.original.q.warp.item());
    CHECK(support::same_bits(baked.codes, again.weights.at(path).codes));
    CHECK(support::same_bits(baked.original.q.warp, again.weights.at(path).original.q.warp));
    CHECK(support::same_bits(
        q.pass->parameter(*q.map.weights[0].module, {path, baked.original.w}).value(),
        quant::dequantise(baked.codes, baked.original.q, baked.original.grid)));
  }
  CHECK(exponents.size() > 10);
  for (const quant::MapRow& row : quant::rows_of(q.map))
    CHECK(row.grid.starts_with("power 3 bit per channel, exponent 0."));
}

#include <doctest/doctest.h>

#include <cmath>

#include "quant/act_grid/act_grid.h"
#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("the recommended preset learns weights and steps together on logarithmic levels") {
  core::Params params(quant::method_settings("recommended_vit"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.act.softmax->name() == "adalog");
  CHECK(recipe.act.gelu->name() == "adalog");
  CHECK(recipe.learn_act.joint);
  CHECK(recipe.learn.keep == 0.5);
}

TEST_CASE(
    "the recommended preset takes a transformer through and moves steps of logarithmic grids") {
  core::Value tree = quant::method_settings("recommended_vit");
  tree.set_path("learn.iters", 3);
  tree.set_path("learn_act.optimizer.lr", 0.01);
  core::Params params(tree);
  const quant::Recipe recipe(params);
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  const core::Tensor x = quant_test::images(4, 28, 1);
  core::Monitor monitor;
  const auto q = quant::quantise(*model, x, recipe, core::Rng(1), monitor);
  CHECK(q.status == "ok");
  const auto* site = q.pass->activation("blocks.2.attn.av", 0);
  REQUIRE(site->table);
  CHECK(site->scale.value().item() != static_cast<float>(site->table->step));
  CHECK(std::isfinite(q.logits(x).at(0)));
}

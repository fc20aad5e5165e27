#include <doctest/doctest.h>

#include <cmath>

#include "quant/act_grid/act_grid.h"
#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("RepQ-ViT folds layer norm ranges, takes logarithms of softmax outputs, learns nothing") {
  core::Params params(quant::method_settings("repq_vit"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.iters == 0);
  CHECK(recipe.act.softmax->name() == "log_sqrt2");
  CHECK(recipe.act.levels == nullptr);
  CHECK(recipe.act.gelu == nullptr);
  CHECK(recipe.first_last == "same");
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  core::Monitor monitor;
  const core::Tensor x = quant_test::images(4, 28, 1);
  const auto q = quant::quantise(*model, x, recipe, core::Rng(1), monitor);
  CHECK(q.status == "ok");
  CHECK(q.pass->activation("blocks.2.attn.av", 0)->table);
  CHECK(std::isfinite(q.logits(x).at(0)));
}

#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("LSQ+ learns steps and zero points of the activations, and symmetric weights") {
  core::Params params(quant::method_settings("lsq_plus"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.weight.grid.symmetric);
  CHECK_FALSE(recipe.act.grid.symmetric);
  CHECK(recipe.learn.w_scale.on);
  CHECK_FALSE(recipe.learn.w_zero.on);
  CHECK(recipe.learn_act.joint);
  CHECK(recipe.learn_act.a_zero.on);
}

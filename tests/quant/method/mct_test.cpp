#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("MCT teaches the whole network at once, layer by layer, with biases") {
  core::Params params(quant::method_settings("mct"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::network);
  CHECK(recipe.learn.loss->needs().layers);
  CHECK(recipe.learn.loss->needs().weight_draws == 100);
  CHECK(recipe.learn.gradual);
  CHECK(recipe.learn_act.joint);
  CHECK(recipe.learn_act.optimizer()->base_lr() == 0);
  CHECK(recipe.learn.bias.on);
  CHECK(recipe.learn.bias.optimizer()->base_lr() == 1e-4);
  CHECK(recipe.learn.optimizer()->base_lr() == 3e-2);
  CHECK(recipe.learn.regulariser->pull(0, 100).beta == 20);
  CHECK(recipe.learn.regulariser->pull(0, 100).lambda == 0.01);
}

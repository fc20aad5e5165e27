#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("AdaQuant learns weights, biases and quantisers of single layers on float inputs") {
  core::Params params(quant::method_settings("adaquant"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::layer);
  CHECK(recipe.learn.order == quant::Order::parallel);
  CHECK_FALSE(recipe.learn.wants_quantised());
  CHECK(recipe.learn.optimizer()->base_lr() == 1e-5);
  CHECK(recipe.learn.bias.on);
  CHECK(recipe.learn.w_scale.on);
  CHECK(recipe.learn.w_zero.on);
  CHECK(recipe.learn_act.joint);
  CHECK(recipe.learn_act.optimizer()->base_lr() == 0.0067);
  CHECK(recipe.learn_act.a_zero.on);
}

#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("QDrop learns roundings and steps of a block together, on a mix of both inputs") {
  core::Params params(quant::method_settings("qdrop"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::block);
  CHECK(recipe.learn.wants_quantised());
  CHECK(recipe.learn.wants_float());
  CHECK(recipe.learn.keep == 0.5);
  CHECK(recipe.learn.replacement);
  CHECK(recipe.learn_act.joint);
  CHECK_FALSE(recipe.act.init_quantised);
}

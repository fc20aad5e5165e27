#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("FlexRound divides weights by learned factors and needs no regulariser") {
  core::Params params(quant::method_settings("flexround"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::block);
  CHECK_FALSE(recipe.learn.variable->has_h());
  CHECK_FALSE(recipe.learn.regulariser->active());
  CHECK(recipe.learn.w_scale.on);
  CHECK(recipe.learn.schedule->factor(2500, 5000) == doctest::Approx(0.5));
}

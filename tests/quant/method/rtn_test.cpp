#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("rtn learns nothing, by definition") {
  core::Params params(quant::method_settings("rtn"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.iters == 0);
  CHECK(recipe.learn_act.iters == 0);
  for (const quant::Setting& setting : quant::method_named("rtn")->settings())
    CHECK(setting.fixed());
}

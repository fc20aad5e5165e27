#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("bias_correction corrects biases behind round to nearest, by definition") {
  core::Params params(quant::method_settings("bias_correction"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.iters == 0);
  CHECK(recipe.learn_act.iters == 0);
  CHECK(*params.resolved().find_path("quant.repair.mode")->as_string() == "empirical");
  for (const quant::Setting& setting : quant::method_named("bias_correction")->settings())
    CHECK((setting.fixed() || setting.path == "quant.repair.skip"));  // a choice of ours
}

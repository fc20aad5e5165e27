#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("cle_bc equalises, rounds to nearest and corrects biases") {
  core::Params params(quant::method_settings("cle_bc"));
  const quant::Recipe recipe(params);
  params.done();
  const core::Value keys = params.resolved();
  CHECK(*keys.find_path("quant.prepare.name")->as_string() == "equalise");
  CHECK(*keys.find_path("quant.repair.name")->as_string() == "bias_correction");
  CHECK(recipe.learn.iters == 0);
}

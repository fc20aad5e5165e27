#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("hessian_gptq solves layer by layer on quantised inputs, without steps") {
  core::Params params(quant::method_settings("hessian_gptq"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.solves());
  CHECK(recipe.learn.iters == 0);
  CHECK(recipe.learn_act.iters == 0);
  CHECK(recipe.learn.granularity == quant::Granularity::layer);
  CHECK(recipe.learn.input->wants_quantised());
  CHECK_FALSE(recipe.learn.input->wants_float());
}

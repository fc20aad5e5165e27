#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("PD-Quant is QDrop with a prediction difference and corrected inputs") {
  core::Params params(quant::method_settings("pd_quant"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::block);
  CHECK(recipe.learn.wants_float());
  CHECK(recipe.learn.keep == 0.5);
  CHECK(recipe.learn_act.joint);
  CHECK(recipe.learn.loss->needs().logits_of == quant::LogitsOf::unmixed_input);
  CHECK(recipe.learn.correct.on);
  CHECK_FALSE(recipe.learn.correct.required);
  CHECK(recipe.learn.correct.iters == 500);
  CHECK(recipe.learn.correct.lambda_c == 0.02);
  CHECK(recipe.learn.optimizer()->base_lr() == 3e-3);
}

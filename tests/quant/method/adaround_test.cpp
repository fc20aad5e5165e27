#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("adaround is layer-wise with the settings of AIMET") {
  core::Params params(quant::method_settings("adaround"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::layer);
  CHECK(recipe.learn.wants_quantised());
  CHECK(recipe.learn.iters == 10000);
  CHECK(recipe.learn.batch == 32);
  CHECK(recipe.learn.optimizer()->base_lr() == 1e-3);
  CHECK(recipe.learn.regulariser->pull(8000, 20000).beta == doctest::Approx(17.36).epsilon(1e-3));
  CHECK(recipe.learn_act.iters == 0);
}

#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("LSQ learns weights and all steps together and goes back where a block got worse") {
  core::Params params(quant::method_settings("lsq"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.snapshot == quant::Snapshot::rollback);
  CHECK(recipe.learn.w_scale.on);
  CHECK(recipe.learn_act.joint);
  CHECK(recipe.learn_act.scale_gradient);
}

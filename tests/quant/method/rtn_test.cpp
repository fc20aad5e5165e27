#include <doctest/doctest.h>

#include "quant/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("rtn learns nothing, even where an experiment sets steps for all its methods") {
  core::Value tree = quant::method_settings("rtn");
  tree.merge(quant_test::tree({{"learn.iters", 300}, {"learn_act.iters", 300}}));
  core::Params params(tree);
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.iters == 0);
  CHECK(recipe.learn_act.iters == 0);
}

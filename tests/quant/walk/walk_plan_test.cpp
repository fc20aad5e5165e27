#include "quant/walk/walk_plan.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

namespace {

quant::WalkPlan plan(quant_test::Keys keys) {
  const quant::Recipe recipe = quant_test::recipe(keys);
  return quant::plan_of(recipe.learn);
}

}  // namespace

TEST_CASE("a plan keeps the inputs that learning reads") {
  CHECK(plan({{"learn.input", "fp"}}).keep_float);
  CHECK_FALSE(plan({{"learn.input", "fp"}}).keep_quantised);
  CHECK(plan({{"learn.input", "quant"}}).keep_quantised);
  CHECK(plan({{"learn.input", "mix"}}).keep_float);
  CHECK(plan({{"learn.input", "sym_quant"}}).target_of_quantised);
  CHECK_FALSE(plan({{"learn.input", "sym_quant"}}).feeds_target());
}

TEST_CASE("moments stand in for samples where no step reads them") {
  using Moments = quant::WalkPlan::Moments;
  CHECK(plan({}).moments == Moments::none);
  const quant::WalkPlan gram =
      plan({{"learn.engine", "gram"}, {"learn.granularity", "layer"}, {"learn.iters", 5}});
  CHECK(gram.moments == Moments::errors);
  CHECK_FALSE(gram.reports);
  const quant::WalkPlan solver =
      plan({{"learn.solver", "hessian_gptq"}, {"learn.granularity", "layer"}, {"learn.iters", 0}});
  CHECK(solver.moments == Moments::inputs);
  CHECK(solver.reports);
}

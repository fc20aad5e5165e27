#include <doctest/doctest.h>

#include "quant/solver/solver.h"
#include "tests/quant/helpers.h"

TEST_CASE("descent is the default and leaves roundings to the loop") {
  const quant::Recipe recipe = quant_test::recipe({});
  CHECK(recipe.learn.solver->descends());
  CHECK_FALSE(recipe.learn.solves());
  CHECK_FALSE(recipe.learn_act.solves());
  CHECK_THROWS_AS(recipe.learn.solver->solve({}, {}), core::Error);
}

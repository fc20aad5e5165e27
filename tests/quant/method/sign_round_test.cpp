#include <doctest/doctest.h>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("SignRound moves codes and ranges half a unit in all, and keeps the best batch") {
  core::Params params(quant::method_settings("sign_round"));
  const quant::Recipe recipe(params);
  params.done();
  const quant::LearnWeights& learn = recipe.learn;
  CHECK(learn.granularity == quant::Granularity::block);
  CHECK(learn.iters == 200);
  CHECK(learn.batch == 8);
  CHECK(learn.snapshot == quant::Snapshot::best_batch);
  CHECK(learn.w_range.on);
  CHECK(recipe.learn_act.iters == 0);
  double codes = 0, ranges = 0;
  for (std::int64_t step = 0; step < 200; ++step) {
    codes += learn.optimizer()->base_lr() * learn.schedule->factor(step, 200);
    ranges += learn.w_range.optimizer()->base_lr() * learn.w_range.schedule->factor(step, 200);
  }
  CHECK(codes == doctest::Approx(0.5025));  // oracle: (1 + 1/200) / 2
  CHECK(ranges == doctest::Approx(0.5025));
}

TEST_CASE("the rates of SignRound follow the number of iterations") {
  core::Value tree = quant::method_settings("sign_round");
  tree.merge(quant_test::tree({{"learn.iters", 50}}));
  core::Params params(tree);
  const quant::Recipe recipe(params);
  CHECK(recipe.learn.optimizer()->base_lr() * recipe.learn.schedule->factor(0, 50) ==
        doctest::Approx(1.0 / 50));
}

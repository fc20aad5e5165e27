#include <doctest/doctest.h>

#include <cmath>

#include "quant/method/method.h"
#include "tests/quant/helpers.h"

TEST_CASE("brecq is block-wise in two stages with the settings of the released code") {
  core::Params params(quant::method_settings("brecq"));
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.granularity == quant::Granularity::block);
  CHECK(recipe.learn.wants_quantised());
  CHECK(recipe.learn.skip_first);
  CHECK(recipe.learn.iters == 20000);
  CHECK(recipe.learn.regulariser->pull(8000, 20000).beta == doctest::Approx(15.5));
  CHECK(recipe.first_last == "brecq");
  CHECK_FALSE(recipe.learn_act.wants_quantised());
  CHECK(recipe.learn_act.iters == 5000);
  CHECK(recipe.learn_act.optimizer()->base_lr() == 4e-4);
  CHECK(recipe.learn_act.schedule->factor(2500, 5000) == doctest::Approx(0.5));
  // L2.4 of a difference of 2 in one of two channels
  const core::Tensor y = core::Tensor::zeros({1, 2});
  const autograd::Variable x(core::Tensor::of<float>({1, 2}, {0.0f, 2.0f}));
  CHECK((*recipe.learn_act.loss)({x, y}).value().item() == doctest::Approx(std::pow(2.0, 2.4)));
}

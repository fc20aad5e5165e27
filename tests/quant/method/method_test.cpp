#include "quant/method/method.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("methods are listed by name and unknown ones named with the nearest") {
  CHECK(
      quant::method_names() ==
      std::vector<std::string>{
          "adaquant",     "adaround",   "bias_correction", "brecq", "cle_bc",          "flexround",
          "hessian_gptq", "lsq",        "lsq_plus",        "mct",   "nupes",           "obq",
          "pd_quant",     "powerquant", "qat_lsq",         "qdrop", "recommended_vit", "repq_vit",
          "rtn",          "sign_round"});
  CHECK_THROWS_WITH_AS(quant::method_named("brecc"), doctest::Contains("brecq"), core::InputError);
}

TEST_CASE("every setting of every method names its source and is a key of the recipe") {
  for (const std::string& name : quant::method_names()) {
    for (const quant::Setting& setting : quant::method_named(name)->settings())
      CHECK_FALSE(setting.source.empty());
    core::Params params(quant::method_settings(name));
    const quant::Recipe recipe(params);
    CHECK_NOTHROW(params.done());
  }
}

TEST_CASE("what the user writes lies over a method") {
  core::Value tree = quant::method_settings("brecq");
  tree.merge(quant_test::tree(
      {{"learn.iters", 7}, {"learn.loss", quant_test::tree({{"name", "lp"}, {"p", 3.0}})}}));
  core::Params params(tree);
  const quant::Recipe recipe(params);
  params.done();
  CHECK(recipe.learn.iters == 7);
  CHECK(recipe.learn_act.iters == 5000);
}

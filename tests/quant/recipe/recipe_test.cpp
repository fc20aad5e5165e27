#include "quant/recipe/recipe.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/quant/helpers.h"

using quant_test::recipe;

TEST_CASE("a recipe without keys is 4-bit weights per channel with nothing learned") {
  const quant::Recipe r = recipe({});
  CHECK(r.weight.grid.bits == 4);
  CHECK(r.weight.grid.per_channel);
  CHECK_FALSE(r.weight.grid.symmetric);
  CHECK(r.act.grid.off());
  CHECK(r.learn.iters == 0);
  CHECK(r.learn_act.iters == 0);
  CHECK(r.first_last == "all_8");
}

TEST_CASE("every key of the recipe is declared with documentation") {
  core::Params params = core::Params::describing();
  const quant::Recipe r(params);
  const auto declared = params.declared();
  const auto has = [&](const std::string& path) {
    return std::any_of(declared.begin(), declared.end(),
                       [&](const core::Declared& d) { return d.path == path; });
  };
  for (const char* path : {"precision", "quant.weight.bits", "quant.act.bits", "quant.first_last",
                           "quant.map", "learn.iters", "learn.optimizer.lr",
                           "learn.regulariser.lambda", "learn_act.loss.p", "learn.fused"}) {
    CHECK_MESSAGE(has(path), path);
  }
  for (const core::Declared& d : declared) CHECK_MESSAGE(!d.key.doc.empty(), d.path);
}

TEST_CASE("wrong keys and values are refused with their path") {
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.bits", 0}}), doctest::Contains("quant.weight.bits"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.act.bits", 17}}), doctest::Contains("quant.act.bits"),
                       core::ConfigError);
  CHECK_THROWS_AS(recipe({{"quant.weight.narrow", true}}), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"learn.iterations", 5}}), doctest::Contains("learn.iterations"),
                       core::ConfigError);
  CHECK_THROWS_AS(recipe({{"learn.loss", "l3"}}), core::ConfigError);
  CHECK_THROWS_AS(recipe({{"quant.first_last", "some"}}), core::ConfigError);
  CHECK_THROWS_AS(recipe({{"learn.granularity", "net"}}), core::ConfigError);
}

TEST_CASE("a plain string names a strategy and defaults are written back") {
  core::Params params(quant_test::tree({{"learn.loss", "lp"}, {"quant.weight.scale", "mse"}}));
  const quant::Recipe r(params);
  params.done();
  const core::Value resolved = params.resolved();
  CHECK(*resolved.find_path("learn.loss.p")->as_double() == 2.0);
  CHECK(*resolved.find_path("learn.optimizer.lr")->as_double() == 1e-3);
  CHECK(*resolved.find_path("learn_act.optimizer.lr")->as_double() == 4e-4);
  CHECK(*resolved.find_path("quant.weight.scale.name")->as_string() == "mse");
}

TEST_CASE("a variable over all levels refuses wide grids, those of edges and overrides included") {
  const auto all_levels = [](quant_test::Keys keys) {
    core::Value tree = quant_test::tree({{"learn.variable", "softmax_all"}});
    tree.merge(quant_test::tree(keys));
    core::Params params(tree);
    quant::Recipe recipe(params);
    params.done();
  };
  all_levels({{"quant.first_last", "same"}, {"quant.weight.bits", 4}});
  all_levels({{"quant.first_last", "fp"}, {"quant.weight.bits", 2}});
  CHECK_THROWS_WITH_AS(all_levels({{"quant.first_last", "same"}, {"quant.weight.bits", 5}}),
                       doctest::Contains("at most 4 bits; got 5"), core::ConfigError);
  CHECK_THROWS_WITH_AS(all_levels({{"quant.first_last", "all_8"}}), doctest::Contains("first_last"),
                       core::ConfigError);
  CHECK_THROWS_AS(all_levels({{"quant.first_last", "same"},
                              {"quant.weight.overrides", quant_test::tree({{"head", 8}})}}),
                  core::ConfigError);
}

TEST_CASE("groups are parts of channels, of three sizes") {
  CHECK(recipe({{"quant.weight.group", 64}}).weight.grid.group == 64);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.group", 48}}), doctest::Contains("32, 64 or 128"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.group", 32}, {"quant.weight.per_channel", false}}),
                       doctest::Contains("per_channel"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.group_misfit", "channel"}}),
                       doctest::Contains("it needs group"), core::ConfigError);
}

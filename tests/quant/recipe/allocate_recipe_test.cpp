#include "quant/recipe/allocate_recipe.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using quant_test::recipe;
using quant_test::tree;

namespace {

void refused(quant_test::Keys keys, const char* why) {
  CHECK_THROWS_WITH_AS(recipe(keys), doctest::Contains(why), core::ConfigError);
}

}  // namespace

TEST_CASE(
    "without the key, and with none, bits are given, and nothing is added to a configuration") {
  CHECK_FALSE(recipe({}).allocate.on);
  CHECK_FALSE(recipe({{"quant.allocate", "none"}}).allocate.on);
  core::Params params(tree({{"quant.weight.bits", 3}}));
  const quant::Recipe r(params);
  CHECK(params.resolved().find_path("quant.allocate") == nullptr);
}

TEST_CASE("a name alone allocates with integrated gradients, exactly, at 4 bits on average") {
  const quant::Recipe r = recipe({{"quant.allocate", "layer"}});
  CHECK(r.allocate.on);
  CHECK_FALSE(r.allocate.by_channel);
  CHECK(r.allocate.budget == 4.0);
  CHECK(r.allocate.candidates == std::vector<int>{2, 3, 4, 5, 6, 8});
  CHECK(recipe({{"quant.allocate", "channel"}}).allocate.by_channel);
}

TEST_CASE("a resolved configuration reads back as the same recipe") {
  core::Params params(
      tree({{"quant.allocate.budget", 3.5}, {"quant.allocate.allocator", "greedy"}}));
  const quant::Recipe r(params);
  core::Params again(params.resolved());
  const quant::Recipe same(again);
  again.done();
  CHECK(same.allocate.budget == 3.5);
  CHECK(again.resolved() == params.resolved());
}

TEST_CASE("budgets and candidates that leave nothing to choose are refused with the reason") {
  refused({{"quant.allocate.budget", 1.9}}, "must allow the smallest candidate, 2 bit; got 1.9");
  refused({{"quant.allocate.budget", 8.1}}, "must not exceed the largest candidate, 8 bit");
  refused({{"quant.allocate.candidates", core::Value::List{}}}, "must not be empty");
  refused({{"quant.allocate.candidates", core::Value::List{4, 4}}}, "must all be different");
  refused({{"quant.allocate.candidates", core::Value::List{1, 4}}}, "2 to 8 bits each; got 1");
  refused({{"quant.allocate.candidates", core::Value::List{4, 32}}}, "2 to 8 bits each; got 32");
  CHECK(
      recipe({{"quant.allocate.candidates", core::Value::List{8, 4}}, {"quant.allocate.budget", 4}})
          .allocate.candidates == std::vector<int>{4, 8});
  CHECK(recipe({{"quant.allocate.budget", 8}}).allocate.budget == 8);
}

TEST_CASE("what contradicts an allocation is refused") {
  refused({{"quant.allocate", "layer"}, {"quant.weight.overrides.stem", 4}},
          "goes without quant.weight.overrides");
  refused({{"quant.allocate", "layer"}, {"quant.weight.bits", 32}}, "weights that are quantised");
  refused({{"quant.allocate", "channel"}, {"quant.weight.per_channel", false}},
          "quant.weight.per_channel true");
  refused({{"quant.allocate.name", "channel"}, {"quant.allocate.tie", true}}, "is about layers");
  refused({{"quant.allocate", "some"}}, "none, layer, channel");
  refused({{"quant.allocate.name", "none"}, {"quant.allocate.budget", 3}}, "quant.allocate.budget");
  refused({{"quant.allocate.importance", "hessian"}}, "hawq_trace");
  refused({{"quant.allocate", "layer"},
           {"quant.first_last", "same"},
           {"learn.variable", "softmax_all"},
           {"learn.regulariser", "none"}},
          "at most 4 bits; got 8");
}

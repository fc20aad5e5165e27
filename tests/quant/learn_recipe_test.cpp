#include "quant/learn_recipe.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using quant_test::recipe;

TEST_CASE("what a single layer cannot do is refused before anything runs") {
  const auto layer = [](const char* key, core::Value value) {
    recipe({{"learn.granularity", "layer"}, {key, std::move(value)}});
  };
  for (const char* loss : {"fisher", "prediction"})
    CHECK_THROWS_WITH_AS(layer("learn.loss", loss), doctest::Contains("behind a unit"),
                         core::ConfigError);
  CHECK_THROWS_WITH_AS(layer("learn.norm.on", true), doctest::Contains("between layers"),
                       core::ConfigError);
  layer("learn.loss", "l1");
}

TEST_CASE("the optimizer factory makes a fresh optimizer every time") {
  const quant::Recipe r = recipe({{"learn.optimizer.lr", 0.5}});
  const auto a = r.learn.optimizer(), b = r.learn.optimizer();
  CHECK(a.get() != b.get());
  CHECK(a->base_lr() == 0.5);
}

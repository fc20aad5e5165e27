#include "core/config/nearest_path.h"

#include <doctest/doctest.h>

TEST_CASE("a path with a key missing on the way finds the one that ends alike and begins alike") {
  const std::vector<std::string> known{
      "seed",        "learn_act.optimizer.lr", "learn.bias.optimizer.lr", "learn.optimizer.lr",
      "learn.iters", "quant.weight.bits",      "quant.act.bits",          "model.weights"};
  using core::nearest_path;
  CHECK(nearest_path("learn.lr", known) == "learn.optimizer.lr");
  CHECK(nearest_path("learn_act.lr", known) == "learn_act.optimizer.lr");
  CHECK(nearest_path("learn.bias.lr", known) == "learn.bias.optimizer.lr");
  CHECK(nearest_path("lr", known) == "learn_act.optimizer.lr");  // equally far: the first
  CHECK(nearest_path("weights", known) == "model.weights");
  CHECK(nearest_path("weight.bits", known) == "quant.weight.bits");
  CHECK(nearest_path("quant.act.optimizer.bits", known) == "quant.act.bits");
  CHECK(nearest_path("learn.itres", known) == "learn.iters");
  CHECK(nearest_path("sed", known) == "seed");
  CHECK(nearest_path("colour", known).empty());
  CHECK(nearest_path("x", {}).empty());
}

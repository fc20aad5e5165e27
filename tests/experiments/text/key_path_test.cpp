#include "experiments/text/key_path.h"

#include <doctest/doctest.h>

#include "experiments/text/yaml.h"

using namespace experiments;

TEST_CASE("a path lies inside a key when keys follow it, not when letters do") {
  CHECK(inside("model", "model.weights") == "weights");
  CHECK(inside("learn.optimizer", "learn.optimizer.lr.x") == "lr.x");
  for (const char* path : {"model", "models.weights", "model.", "learn_act.iters", ""})
    CHECK(inside("model", path).empty());
  CHECK(inside("learn", "learn_act.iters").empty());
}

TEST_CASE("a value says what it has, a name says the name, and what is no map says everything") {
  const auto said = [](const char* text, const char* path) {
    return says(parse_yaml_value(text, "f"), path);
  };
  CHECK(said("{weights: x}", "weights"));
  CHECK(said("{optimizer: {lr: 1}}", "optimizer.lr"));
  CHECK(said("{optimizer: adam}", "optimizer.name"));
  CHECK(said("adam", "name"));
  CHECK(said("3", "lr"));
  CHECK(said("[1]", "lr"));
  CHECK(said("{optimizer: 3}", "optimizer.lr"));
  CHECK(!said("adam", "lr"));
  CHECK(!said("{optimizer: adam}", "optimizer.lr"));
  CHECK(!said("{}", "lr"));
  CHECK(!said("null", "lr"));
}

TEST_CASE("the depth of a path is the number of its keys") {
  CHECK(depth("seed") == 1);
  CHECK(depth("learn.optimizer.lr") == 3);
}

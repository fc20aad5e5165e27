#include "experiments/spec/cell_keys.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/quant/helpers.h"

using namespace experiments;

TEST_CASE("a cell counts all test images unless it says otherwise") {
  core::Params none(quant_test::tree({}));
  const CellKeys keys(none);
  CHECK(keys.method == "custom");
  CHECK(keys.eval.split == data::Split::test);
  CHECK(keys.eval.count == 0);
  core::Params chosen(quant_test::tree({{"eval.split", "val"}, {"eval.validate", true}}));
  CHECK_THROWS_AS(CellKeys{chosen}, core::ConfigError);
}

TEST_CASE("every key of a cell is declared once, with documentation") {
  std::vector<std::string> paths;
  for (const core::Declared& d : describe_cell()) {
    CHECK_MESSAGE(!d.key.doc.empty(), d.path);
    paths.push_back(d.path);
  }
  CHECK(std::count(paths.begin(), paths.end(), "eval.batch") == 1);
  CHECK(std::count(paths.begin(), paths.end(), "model.weights") == 1);
  CHECK(std::count(paths.begin(), paths.end(), "learn.optimizer.lr") == 1);
}

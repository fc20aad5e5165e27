#include "experiments/schema.h"

#include <doctest/doctest.h>

#include <set>

using namespace experiments;

TEST_CASE("every key of a cell is listed once, with its meaning") {
  std::set<std::string> paths;
  for (const core::Declared& d : cell_keys()) {
    INFO(d.path);
    CHECK(!d.key.doc.empty());
    CHECK(paths.insert(d.path).second);
    CHECK(d.type != "map");
  }
  for (const char* key : {"seed", "method", "model.weights", "quant.weight.bits", "learn.loss.name",
                          "calibration.count", "eval.batch"}) {
    INFO(key);
    CHECK(paths.contains(key));
  }
}

TEST_CASE("options of strategies are listed under the key that chooses them") {
  std::set<std::string> seen;
  for (const StrategyOptions& s : strategy_options()) {
    for (const core::Declared& d : s.options) {
      CHECK(d.path.starts_with(s.key + "."));
      for (const std::string& name : s.names) seen.insert(name + " " + d.path);
    }
  }
  CHECK(seen.contains("lp learn.loss.p"));
  CHECK(seen.contains("resnet20 model.in_channels"));
  CHECK(seen.contains("fashion_mnist data.root"));
  CHECK(seen.contains("adam learn.optimizer.lr"));
}

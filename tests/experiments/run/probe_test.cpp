#include "experiments/run/probe.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/spec/expand.h"
#include "tests/support/program.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

TEST_CASE("workers are measured at the same time, as processes" *
          doctest::skip(support::program().empty())) {
  const support::TempDir dir("probe");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Cell cell = bench.resolve(expand(load_spec(file, {})).back().tree);
  CHECK(probe_split(support::program(), file, cell, {.workers = 2, .threads = 1}) > 0);
}

TEST_CASE("a worker that does not answer is an error") {
  const support::TempDir dir("probe_dead");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Cell cell = bench.resolve(expand(load_spec(file, {})).back().tree);
  CHECK_THROWS_AS(probe_split("/bin/false", file, cell, {}), core::Error);
  CHECK_THROWS_AS(probe_split("/no/such/program", file, cell, {}), core::Error);
}

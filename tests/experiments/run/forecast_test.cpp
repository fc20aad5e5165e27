#include "experiments/run/forecast.h"

#include <doctest/doctest.h>

#include "experiments/results/read_records.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

TEST_CASE("every cell to do has seconds, the first of a model more, and finished ones correct it") {
  const support::TempDir dir("forecast");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  Workbench bench(file);
  const Plan plan = make_plan(load_spec(file, {}), bench);
  const ResultsFolder folder(out);
  const auto records = [&] { return read_records(plan.index(), folder); };
  const Forecast fresh = forecast_of(plan, records(), {0, 1, 3}, bench, 100);
  CHECK(!fresh.calibrated);
  CHECK(fresh.seconds[0] > fresh.seconds[1]);  // both round; the first evaluates the float network
  CHECK(fresh.seconds[2] == 0);
  CHECK(fresh.seconds[3] > 0);
  CHECK(fresh.total ==
        doctest::Approx(100 + fresh.seconds[0] + fresh.seconds[1] + fresh.seconds[3]));
  REQUIRE(support::roundtable({"run", file, "--out", out, "--limit", "2"}).code == 0);
  CHECK(forecast_of(plan, records(), {2, 3}, bench, 0).calibrated);
  CHECK(forecast_of(plan, records(), {}, bench, 3).total == 3);
}

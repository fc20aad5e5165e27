#include "experiments/run/compute_cell.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/run/plan.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

TEST_CASE("a cell that is computed is published, one that fails is recorded with the reason") {
  const support::TempDir dir("compute_cell");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Plan plan = make_plan(load_spec(file, {}), bench);
  ResultsFolder folder(dir.path() + "/results");
  folder.open(plan.index());
  core::Monitor monitor;
  const core::Value process{core::Value::Map{}};
  const CellOutcome good = compute_cell(bench, plan.cells[0], folder, process, monitor);
  CHECK(good.status == "ok");
  CHECK(folder.done(plan.cells[0].id));
  Cell broken = plan.cells[1];
  broken.config.set_path("quant.weight.bits", 1);
  CHECK(compute_cell(bench, broken, folder, process, monitor).status == "failed");
  CHECK_FALSE(folder.done(broken.id));
  CHECK(folder.failure(broken.id)->message.find("bits") != std::string::npos);
}

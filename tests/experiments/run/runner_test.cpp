#include "experiments/run/runner.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/process/progress.h"
#include "experiments/results/read_records.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/outcome.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

namespace {

struct Fixture {
  support::TempDir dir;
  std::string file;
  Workbench bench;
  Plan plan;
  explicit Fixture(const std::string& name, const std::string& extra = "",
                   const std::vector<std::string>& overrides = {})
      : dir(name),
        file(support::tiny_experiment(dir, extra)),
        bench(file),
        plan(make_plan(load_spec(file, overrides), bench)) {}
};

RunOptions filtered(const std::string& filter) {
  RunOptions options;
  options.filter = filter;
  return options;
}

RunOptions limited(std::int64_t limit, bool force) {
  RunOptions options;
  options.limit = limit, options.force = force;
  return options;
}

}  // namespace

TEST_CASE("pending cells are filtered, limited, not done, and each id once") {
  // Two ways of writing one thing are one cell.
  Fixture f("runner_pending", "", {"grid.quant.weight.scale=[minmax, {name: minmax}]"});
  ResultsFolder folder(f.dir.file("r"));
  folder.open(f.plan.index());
  CHECK(f.plan.cells.size() == 8);
  CHECK(pending_cells(f.plan, folder, {}).size() == 4);
  CHECK(pending_cells(f.plan, folder, filtered("method=rtn")).size() == 2);
  CHECK(pending_cells(f.plan, folder, limited(1, false)).size() == 1);
  const core::Value none(core::Value::Map{});
  const std::vector<std::byte> cell = encode_cell(f.plan.cells[0], {}, none);
  folder.publish(f.plan.cells[0].id, cell);
  CHECK(pending_cells(f.plan, folder, {}).size() == 3);
  CHECK(pending_cells(f.plan, folder, limited(0, true)).size() == 4);
}

TEST_CASE("a damaged cell and a file under another cell's name are pending again, the others not") {
  Fixture f("runner_damaged");
  ResultsFolder folder(f.dir.file("r"));
  folder.open(f.plan.index());
  const core::Value none(core::Value::Map{});
  const auto bytes_of = [&](std::size_t i) { return encode_cell(f.plan.cells[i], {}, none); };
  for (const std::size_t i : {0, 1, 2}) folder.publish(f.plan.cells[i].id, bytes_of(i));
  folder.publish(f.plan.cells[3].id, bytes_of(0));
  std::vector<std::byte> changed = bytes_of(1);
  changed[changed.size() / 2] ^= std::byte{1};
  folder.publish(f.plan.cells[1].id, changed);
  const std::vector<Record> records = read_records(f.plan.index(), folder);
  CHECK(records[0].status == "ok");
  CHECK(records[1].status == "damaged");
  CHECK(records[1].message.find("the file was changed") != std::string::npos);
  CHECK(records[3].status == "damaged");
  CHECK(records[3].message.find("it holds another cell, " + f.plan.cells[0].id.substr(0, 12)) !=
        std::string::npos);
  CHECK(pending_cells(f.plan, folder, {}) == std::vector<std::size_t>{1, 3});
}

TEST_CASE("a cell that fails is recorded, the others go on, and the next run tries it again") {
  Fixture f("runner_fail");
  ResultsFolder folder(f.dir.file("r"));
  folder.open(f.plan.index());
  Cell broken = f.plan.cells[0];
  broken.config.set_path("calibration.count", 100000);
  core::Monitor monitor;
  const CellOutcome outcome =
      compute_cell(f.bench, broken, folder, core::Value(core::Value::Map{}), monitor);
  CHECK(outcome.status == "failed");
  CHECK(!folder.done(broken.id));
  std::vector<Record> records = read_records(f.plan.index(), folder);
  CHECK(records[0].status == "failed");
  CHECK(records[1].status == "pending");
  CHECK(pending_cells(f.plan, folder, {}).size() == 4);
  CHECK(compute_cell(f.bench, f.plan.cells[0], folder, core::Value(core::Value::Map{}), monitor)
            .status == "ok");
  records = read_records(f.plan.index(), folder);
  CHECK(records[0].status == "ok");
  CHECK(records[0].images == 20);
}

TEST_CASE("a result that cannot be written stops the run and leaves nothing behind") {
  Fixture f("runner_disk");
  ResultsFolder folder(f.dir.file("r"));
  folder.open(f.plan.index());
  std::filesystem::remove_all(f.dir.file("r/cells"));
  core::Monitor monitor;
  CHECK_THROWS_AS(
      compute_cell(f.bench, f.plan.cells[0], folder, core::Value(core::Value::Map{}), monitor),
      core::InputError);
}

TEST_CASE("a stop leaves finished cells and the next run completes them with equal content") {
  struct StopAfter : core::Monitor {
    mutable int calls = 0;
    int limit = 0;
    bool stop_requested() const override { return ++calls > limit; }
  };
  Fixture f("runner_stop");
  ResultsFolder whole(f.dir.file("whole")), cut(f.dir.file("cut"));
  whole.open(f.plan.index());
  cut.open(f.plan.index());
  core::Monitor monitor;
  const core::Value process(core::Value::Map{});
  for (const Cell& cell : f.plan.cells)
    REQUIRE(compute_cell(f.bench, cell, whole, process, monitor).status == "ok");
  Workbench other(f.file);
  StopAfter stop;
  int interruptions = 0;
  for (const Cell& cell : f.plan.cells) {
    for (stop.limit = 0; !cut.done(cell.id); stop.limit = 2 * stop.limit + 1) {
      stop.calls = 0;
      try {
        compute_cell(other, cell, cut, process, stop);
      } catch (const core::Interrupted&) {
        ++interruptions;
      }
    }
  }
  CHECK(interruptions > 4);
  CHECK(support::contents_of(f.dir.file("whole")) == support::contents_of(f.dir.file("cut")));
}

#include "experiments/results/read_records.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/run/runner.h"
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

}  // namespace

TEST_CASE("cells are read in one pass with what is asked for, each id once") {
  Fixture f("runner_pass", "", {"grid.quant.weight.scale=[minmax, {name: minmax}]"});
  ResultsFolder folder(f.dir.file("r"));
  folder.open(f.plan.index());
  const core::Value none(core::Value::Map{});
  folder.publish(f.plan.cells[0].id, encode_cell(f.plan.cells[0], {}, none));
  std::size_t seen = 0;
  const std::vector<Record> records =
      read_records(f.plan.index(), folder, {}, [&](const Record& r, const H5Content& cell) {
        ++seen;
        CHECK(r.id == cell.text("id"));
        CHECK(cell.has("map/site"));
      });
  CHECK(seen == 1);
  CHECK(std::count_if(records.begin(), records.end(), [](const Record& r) { return r.done(); }) ==
        2);
}

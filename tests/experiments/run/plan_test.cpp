#include "experiments/run/plan.h"

#include <doctest/doctest.h>

#include "core/error.h"
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

TEST_CASE("the index gives every cell its labels and what is ours in its method") {
  const Fixture f("runner_index", "report: {rows: [method], cols: [learn.batch]}\n");
  const Index index = f.plan.index();
  CHECK(index.keys == std::vector<std::string>{"method", "quant.weight.bits", "learn.batch"});
  REQUIRE(index.cells.size() == 4);
  CHECK(index.cells[3].choices ==
        std::vector<std::pair<std::string, std::string>>{
            {"method", "brecq"}, {"quant.weight.bits", "2"}, {"learn.batch", "4"}});
  CHECK(index.cells[3].w_bits == 2);
  CHECK(index.cells[3].a_bits == 32);
  CHECK(std::count(index.cells[3].overridden.begin(), index.cells[3].overridden.end(),
                   "learn.iters") == 1);
}

TEST_CASE("a report over a key that no cell has is refused") {
  const Fixture f("runner_report", "report: {rows: [metod]}\n");
  CHECK_THROWS_WITH_AS(f.plan.index(), doctest::Contains("did you mean 'method'?"),
                       core::ConfigError);
}

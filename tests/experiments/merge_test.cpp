#include "experiments/merge.h"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "tests/support/python.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

TEST_CASE("merge puts one row a cell into columns and copies the finished cells") {
  const support::TempDir dir("merge");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(support::roundtable({"run", file, "--out", out, "--limit", "3"}).code == 0);
  const ResultsFolder folder(out);
  const MergeResult merged = merge(folder.read_index(), folder);
  CHECK(merged.merged == 3);
  CHECK(merged.missing == 1);
  CHECK(merged.damaged.empty());
  const core::h5::File h5 = core::h5::File::open(out + "/results.h5");
  const auto columns = h5.group("cells").members();
  CHECK(std::set<std::string>(columns.begin(), columns.end()) ==
        std::set<std::string>{"id", "model", "method", "w_bits", "a_bits", "seed",
                              "quant.weight.bits", "status", "top1", "fp_top1", "drop", "images",
                              "seconds"});
  CHECK(h5.read_strings("cells/status") == std::vector<std::string>{"ok", "ok", "ok", "pending"});
  CHECK(h5.read("cells/quant.weight.bits").values() == std::vector<double>{4, 2, 4, 2});
  CHECK(std::isnan(h5.read("cells/top1").at(3)));
  CHECK(h5.group("runs").members().size() == 3);
  std::ifstream csv(out + "/cells.csv");
  std::string line;
  int lines = 0;
  while (std::getline(csv, line)) ++lines;
  CHECK(lines == 5);
}

TEST_CASE("a damaged cell is named and left out") {
  const support::TempDir dir("merge_damaged");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(support::roundtable({"run", file, "--out", out, "--filter", "method=rtn"}).code == 0);
  const ResultsFolder folder(out);
  const std::string id = folder.finished()[0];
  std::filesystem::resize_file(folder.cell_path(id), 100);
  const MergeResult merged = merge(folder.read_index(), folder);
  CHECK(merged.merged == 1);
  REQUIRE(merged.damaged.size() == 1);
  CHECK(merged.damaged[0].find(id) != std::string::npos);
}

TEST_CASE("pandas opens results.h5 in three lines") {
  SKIP_WITHOUT_PYTHON("h5py, pandas");
  const support::TempDir dir("merge_pandas");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(support::roundtable({"run", file, "--out", out, "--filter", "method=rtn"}).code == 0);
  CHECK(support::run_reference("results_pandas.py", out + "/results.h5") == 0);
}

#include "experiments/results/merge.h"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "tests/support/compare.h"
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

TEST_CASE("a file under another cell's name is left out and named") {
  const support::TempDir dir("merge_swapped");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(support::roundtable({"run", file, "--out", out, "--filter", "method=rtn"}).code == 0);
  const ResultsFolder folder(out);
  const std::vector<std::string> ids = folder.finished();
  REQUIRE(ids.size() == 2);
  std::filesystem::copy_file(folder.cell_path(ids[0]), folder.cell_path(ids[1]),
                             std::filesystem::copy_options::overwrite_existing);
  const MergeResult merged = merge(folder.read_index(), folder);
  CHECK(merged.merged == 1);
  REQUIRE(merged.damaged.size() == 1);
  CHECK(merged.damaged[0].find("it holds another cell, " + ids[0].substr(0, 12)) !=
        std::string::npos);
  CHECK(core::h5::File::open(out + "/results.h5").group("runs").members() ==
        std::vector<std::string>{ids[0]});
}

TEST_CASE("results.h5 holds what the cell files hold") {
  const support::TempDir dir("merge_content");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(support::roundtable({"run", file, "--out", out, "--limit", "3"}).code == 0);
  const core::h5::File merged = core::h5::File::open(out + "/results.h5");
  for (const std::string& id : ResultsFolder(out).finished()) {
    const H5Content cell = read_content(support::cell_file(ResultsFolder(out).cell_path(id))),
                    copy = read_content(merged.group("runs/" + id));
    REQUIRE(cell.datasets.size() == copy.datasets.size());
    CHECK(cell.datasets.size() > 15);
    for (const auto& [path, data] : cell.datasets) {
      INFO(path);
      if (const auto* texts = std::get_if<std::vector<std::string>>(&data))
        CHECK(*texts == copy.texts(path));
      else
        CHECK(support::same_bits(std::get<core::Tensor>(data), copy.tensor(path)));
    }
    CHECK(cell.text("config_json") == copy.text("config_json"));
  }
}

TEST_CASE("pandas opens results.h5 in three lines") {
  SKIP_WITHOUT_PYTHON("h5py, pandas");
  const support::TempDir dir("merge_pandas");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(support::roundtable({"run", file, "--out", out, "--filter", "method=rtn"}).code == 0);
  CHECK(support::run_reference("results_pandas.py", out + "/results.h5") == 0);
}

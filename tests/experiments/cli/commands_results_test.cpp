// status, table, show and merge.
#include <doctest/doctest.h>

#include <fstream>
#include <map>

#include "core/system/file.h"
#include "experiments/text/json.h"
#include "tests/support/tiny_experiment.h"

using support::roundtable;

TEST_CASE("results are shown as status, table, single cell and merged file") {
  const support::TempDir dir("commands_results");
  const std::string file = support::tiny_experiment(
                        dir, "report: {rows: [method], cols: [quant.weight.bits]}\n"),
                    out = dir.file("r");
  CHECK(roundtable({"table", file, "--out", out}).code == 2);
  REQUIRE(roundtable({"run", file, "--out", out, "--limit", "3"}).code == 0);

  const support::Said status = roundtable({"status", out});
  CHECK(status.out.find("3 ok, 1 pending") != std::string::npos);
  CHECK(experiments::parse_json(roundtable({"status", file, "--out", out, "--json"}).out, "s")
            .list()
            .size() == 4);

  const std::string csv = roundtable({"table", out, "--format", "csv"}).out;
  CHECK(csv.starts_with("method,float,bits=4,bits=2\n"));
  CHECK(csv.find("–") == std::string::npos);  // the cell that is missing is an empty field
  CHECK(roundtable({"table", out, "--format", "md"}).out.find("| brecq |") != std::string::npos);

  const experiments::ResultsFolder folder(out);
  const std::string id = folder.read_index().cells[2].id;
  const support::Said show = roundtable({"show", id.substr(0, 12), "--in", out});
  INFO(show.err);
  CHECK(show.code == 0);
  CHECK(show.out.find("# unit") != std::string::npos);
  CHECK(show.out.find("git_commit") != std::string::npos);
  CHECK(roundtable({"show", "ffffffffffffff", "--in", out}).code == 2);
  CHECK(roundtable({"show", folder.read_index().cells[3].id, "--in", out})
            .err.find("not computed yet") != std::string::npos);

  // What show prints runs the same cell again.
  std::ofstream(dir.file("again.yaml")) << show.out;
  const support::Said again =
      roundtable({"run", dir.file("again.yaml"), "--out", dir.file("again")});
  INFO(again.err);
  CHECK(again.code == 0);
  const auto repeated = support::contents_of(dir.file("again"));
  REQUIRE(repeated.size() == 1);
  CHECK(repeated.begin()->first == id);
  CHECK(repeated.begin()->second == support::contents_of(out)[id]);

  std::filesystem::remove(out + "/results.h5");
  CHECK(roundtable({"merge", out}).out.find("3 cells, 1 missing") != std::string::npos);
  CHECK(std::filesystem::exists(out + "/results.h5"));
}

TEST_CASE("a filter leaves the other cells out of tables and plots, of `run` too") {
  const support::TempDir dir("commands_filter");
  const std::string file = support::tiny_experiment(
                        dir, "report: {rows: [method], cols: [quant.weight.bits]}\n"),
                    out = dir.file("r");
  const support::Said run = roundtable({"run", file, "--out", out, "--filter", "method=rtn"});
  REQUIRE(run.code == 0);
  CHECK(run.out.find("–") == std::string::npos);
  CHECK(run.out.find("brecq") == std::string::npos);
  CHECK(roundtable({"table", out}).out.find("brecq") != std::string::npos);
  const support::Said some = roundtable(
      {"table", out, "--filter", "learn.batch=4,quant.weight.bits<4", "--format", "csv"});
  CHECK(some.out.starts_with("method,float,bits=2\n"));
  CHECK(roundtable({"plot", out, "--filter", "method=rtn", "--to", dir.file("p.svg")}).code == 0);
  CHECK(core::read_text(dir.file("p.svg")).find("brecq") == std::string::npos);
  const support::Said none = roundtable({"table", out, "--filter", "method=lsq"});
  CHECK(none.code == 2);
  CHECK(none.err.find("lets no cell through") != std::string::npos);
  CHECK(roundtable({"run", file, "--out", out, "--filter", "method=lsq"}).code == 2);
}

TEST_CASE("a plain run computes a damaged cell again, keeps the others, and says so") {
  const support::TempDir dir("commands_damaged");
  const std::string file = support::tiny_experiment(
                        dir, "report: {rows: [method], cols: [quant.weight.bits]}\n"),
                    out = dir.file("r");
  REQUIRE(roundtable({"run", file, "--out", out, "--filter", "method=rtn"}).code == 0);
  const experiments::ResultsFolder folder(out);
  const auto cells = folder.read_index().cells;
  const auto whole = support::contents_of(out);
  std::filesystem::copy_file(folder.cell_path(cells[0].id), folder.cell_path(cells[1].id),
                             std::filesystem::copy_options::overwrite_existing);
  const auto kept = std::filesystem::last_write_time(folder.cell_path(cells[0].id));

  const support::Said table = roundtable({"table", out});
  CHECK(table.out.find("failed") != std::string::npos);
  CHECK(table.out.find("it holds another cell") != std::string::npos);
  CHECK(table.out.find("`run` computes it again") != std::string::npos);
  CHECK(roundtable({"status", out}).out.find("1 damaged, 1 ok, 2 pending") != std::string::npos);
  CHECK(roundtable({"plan", file, "--out", out}).out.find("damaged") != std::string::npos);
  CHECK(roundtable({"show", cells[1].id, "--in", out}).code == 2);
  const support::Said merged = roundtable({"merge", out});
  CHECK(merged.code == 1);
  CHECK(merged.out.find("1 cells, 3 missing") != std::string::npos);

  const support::Said again = roundtable({"run", file, "--out", out, "--filter", "method=rtn"});
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK(again.err.find("1 to run") != std::string::npos);
  CHECK(again.err.find("damaged, computed again: ") != std::string::npos);
  CHECK(std::filesystem::last_write_time(folder.cell_path(cells[0].id)) == kept);
  CHECK(support::contents_of(out) == whole);
}

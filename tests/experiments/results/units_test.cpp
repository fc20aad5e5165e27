#include "experiments/results/units.h"

#include <doctest/doctest.h>

#include "experiments/text/json.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

namespace {

/// A finished cell whose units learned from losses 1 to `hard`; the last unit did not learn.
void publish(const ResultsFolder& folder, const IndexEntry& entry,
             const std::vector<double>& hard) {
  Cell cell;
  cell.id = entry.id, cell.method = entry.method, cell.model = entry.model;
  cell.config = core::Value(core::Value::Map{});
  CellResult result;
  for (std::size_t i = 0; i < hard.size(); ++i) {
    quant::UnitLog log{.path = "u" + std::to_string(i), .phase = "weights"};
    log.iterations = 5, log.loss_rtn = 1, log.loss_hard = hard[i];
    result.units.push_back(log);
  }
  result.units.push_back({.path = "still", .phase = "weights", .loss_rtn = 1, .loss_hard = 9});
  const core::Value none(core::Value::Map{});
  folder.publish(cell.id, encode_cell(cell, result, none));
}

}  // namespace

TEST_CASE(
    "units are counted by method, network and widths; those that did not learn are left out") {
  const support::TempDir dir("units");
  Index index;
  index.name = "u";
  for (const char* id : {"a1", "a2", "b1", "c1"}) {
    IndexEntry e;
    e.id = id, e.method = id[0] == 'b' ? "rtn" : "brecq", e.model = "net";
    e.w_bits = 3, e.a_bits = id[0] == 'c' ? 4 : 32;
    index.cells.push_back(e);
  }
  ResultsFolder folder(dir.file("r"));
  folder.open(index);
  publish(folder, index.cells[0], {0.5, 1.0, 0.25});
  publish(folder, index.cells[1], {0.5, 1.5});
  publish(folder, index.cells[2], {});
  const std::vector<UnitShare> shares = unit_shares(index, folder);
  REQUIRE(shares.size() == 2);  // nothing of c1 is finished
  CHECK(shares[0].cells == 2);
  CHECK(shares[0].units == 5);
  CHECK(shares[0].good == 4);
  CHECK(*shares[0].share() == doctest::Approx(0.8));
  CHECK(!shares[0].enough());
  CHECK(shares[0].worst == doctest::Approx(1.5));
  CHECK(shares[0].worst_unit == "u1 (weights)");
  CHECK(shares[0].worst_cell == "a2");
  CHECK(!shares[1].share());
  CHECK(shares[1].enough());
  const Table table = units_table(shares);
  CHECK(table.rows[0][5] == "80.0 % (low)");
  CHECK(table.notes[0].starts_with("0 of 1 groups"));
  const core::Value v = units_value(shares);
  CHECK(*v.list()[0].find("good")->as_int() == 4);
  CHECK(v.list()[1].find("share")->is_null());
}

TEST_CASE("the command prints the table, CSV and JSON of a run and ends with 0") {
  const support::TempDir dir("units_command");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  using support::roundtable;
  REQUIRE(roundtable({"run", file, "--out", out, "--filter", "quant.weight.bits=4"}).code == 0);
  const support::Said said = roundtable({"units", out});
  CHECK(said.code == 0);
  CHECK(said.out.find("95 % that are required") != std::string::npos);
  CHECK(roundtable({"units", file, "--out", out, "--format", "csv"})
            .out.starts_with("model,method,bits,cells,units,share,"));
  CHECK(roundtable({"units", out, "--filter", "method=rtn"}).out.find("brecq") ==
        std::string::npos);
  CHECK(roundtable({"units", out, "--filter", "method=lsq"}).code == 2);
  const core::Value json = parse_json(roundtable({"units", out, "--json"}).out, "u");
  REQUIRE(json.list().size() == 2);
  CHECK(*json.list()[1].find("method")->as_string() == "brecq");
  CHECK(*json.list()[1].find("units")->as_int() > 5);
}

#include "experiments/results/choose.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/tiny_experiment.h"

using namespace experiments;

namespace {

Sweep lr_sweep(const std::string& by) {
  Sweep sweep;
  sweep.choose_by = by;
  sweep.keys.push_back({.key = "learn.optimizer.lr",
                        .form = "[0.01, 0.1, 1.0]",
                        .labels = {"0.01", "0.1", "1.0"},
                        .values = {0.01, 0.1, 1.0}});
  return sweep;
}

/// `top1` is large where the choice must not fall.
Record record(const char* lr, const char* seed, double loss, double val, double top1,
              const char* status = "ok") {
  Record r;
  r.choices = {{"method", "brecq"}, {"seed", seed}, {"learn.optimizer.lr", lr}};
  r.status = status;
  r.top1 = top1, r.fp_top1 = 93, r.images = 100;
  r.calibration_loss = loss, r.val_top1 = val;
  return r;
}

const std::vector<std::string> kKeys = {"method", "seed", "learn.optimizer.lr"};

ReportSpec by_method() {
  ReportSpec report;
  report.rows = {"method"};
  return report;
}

}  // namespace

TEST_CASE("the value with the best mean over the seeds is chosen, whatever the test images say") {
  // losses 1 * 9 > 2 * 4 > 3 * 3 only in the middle: sqrt(9), sqrt(8), sqrt(9)
  std::vector<Record> records = {record("0.01", "0", 1, 50, 99), record("0.01", "1", 9, 50, 99),
                                 record("0.1", "0", 2, 40, 80),  record("0.1", "1", 4, 50, 82),
                                 record("1.0", "0", 3, 49, 99),  record("1.0", "1", 3, 52, 99)};
  const auto calibration = choose(records, lr_sweep("calibration"));
  REQUIRE(calibration.size() == 1);
  CHECK(calibration[0].decided);
  CHECK(calibration[0].records == std::vector<std::size_t>{2, 3});
  CHECK(choose(records, lr_sweep("validation"))[0].records == std::vector<std::size_t>{4, 5});
  for (Record& r : records) r.top1 = 100 - r.top1;
  CHECK(choose(records, lr_sweep("calibration"))[0].records == calibration[0].records);
}

TEST_CASE(
    "of equals the first is chosen, a diverged value never, and a cell with one value takes it") {
  std::vector<Record> records = {record("0.01", "0", 1, 50, 10), record("0.1", "0", 1, 50, 20),
                                 record("1.0", "0", 0.1, 60, 0, "diverged")};
  CHECK(choose(records, lr_sweep("calibration"))[0].records == std::vector<std::size_t>{0});
  CHECK(choose(records, lr_sweep("validation"))[0].records == std::vector<std::size_t>{0});
  for (Record& r : records) r.status = "diverged";
  const Chosen none = choose(records, lr_sweep("calibration"))[0];
  CHECK(!none.decided);
  CHECK(none.records.size() == 3);
  Record rtn = record("-", "0", 5, 1, 30);
  rtn.choices.pop_back();
  rtn.calibration_loss.reset();
  CHECK(choose({rtn}, lr_sweep("calibration"))[0].decided);
}

TEST_CASE("nothing is chosen while a cell is missing or failed") {
  for (const char* status : {"pending", "failed", "crashed"}) {
    const std::vector<Record> records = {record("0.01", "0", 1, 50, 10),
                                         record("0.1", "0", 2, 50, 20, status)};
    CHECK(!choose(records, lr_sweep("calibration"))[0].decided);
    const Table t = build_table("", kKeys, by_method(), records, lr_sweep("calibration"));
    CHECK(t.rows[0].back() == "–");
    CHECK(t.rows[0][2] == (std::string(status) == "pending" ? "–(1/2)" : "failed 1/2"));
  }
}

TEST_CASE("a table shows the chosen value beside its accuracy and marks the edge of the range") {
  std::vector<Record> records = {record("0.01", "0", 3, 0, 10), record("0.1", "0", 1, 0, 20),
                                 record("1.0", "0", 2, 0, 30)};
  for (const char* lr : {"0.01", "0.1", "1.0"}) {
    records.push_back(record(lr, "0", 1.0 / std::stod(lr), 0, 40 + 10 * std::stod(lr)));
    records.back().choices[0].second = "adaround";
  }
  const Table t = build_table("", kKeys, by_method(), records, lr_sweep("calibration"));
  CHECK(t.header == std::vector<std::string>{"method", "float", "top1", "lr"});
  REQUIRE(t.rows.size() == 2);
  CHECK(t.rows[0] == std::vector<std::string>{"brecq", "93.00", "20.00", "0.1"});
  CHECK(t.rows[1] == std::vector<std::string>{"adaround", "93.00", "50.00", "1.0 (edge)"});
  CHECK(render(t, Format::csv) ==
        "method,float,top1,lr\nbrecq,93.00,20.00,0.1\nadaround,93.00,50.00,1.0 (edge)\n");
  ReportSpec whole = by_method();
  whole.cols = {"learn.optimizer.lr"};
  const Table curve = build_table("", kKeys, whole, records, lr_sweep("calibration"));
  CHECK(curve.header == std::vector<std::string>{"method", "float", "lr=0.01", "lr=0.1", "lr=1.0"});
  CHECK(sweep_notes(lr_sweep("calibration"))[0].find("one of 3 values") != std::string::npos);
  CHECK(sweep_notes(lr_sweep("validation"))[0].find("split val") != std::string::npos);
}

TEST_CASE("a sweep runs, continues, and says what it chose in table, CSV and merged file") {
  const support::TempDir dir("choose_run");
  const std::string sweep =
      "sweep: {learn.optimizer.lr: log(1e-3, 1e-1, 3), choose_by: validation}\n";
  const std::string file = support::tiny_experiment(dir, sweep), out = dir.file("r");
  using support::roundtable;
  REQUIRE(roundtable({"run", file, "--out", out, "--limit", "5"}).code == 0);
  CHECK(roundtable({"status", out}).out.find("5 ok, 3 pending") != std::string::npos);
  const support::Said rest = roundtable({"resume", file, "--out", out});
  INFO(rest.err);
  REQUIRE(rest.code == 0);
  CHECK(rest.out.find("split val") != std::string::npos);
  CHECK(rest.out.find("published learn.optimizer.lr: 0.001 (BRECQ code") != std::string::npos);
  const std::string csv = roundtable({"table", out, "--format", "csv"}).out;
  CHECK(csv.starts_with("method,float,bits=4,bits=4 lr,bits=2,bits=2 lr\n"));
  CHECK(csv.find("\nrtn,") != std::string::npos);
  const core::h5::File h5 = core::h5::File::open(out + "/results.h5");
  CHECK(h5.read("cells/val_top1").values().size() == 8);
  double chosen = 0;
  for (const double c : h5.read("cells/chosen").values()) chosen += c;
  CHECK(chosen == 4);  // two methods, two widths
  for (const double loss : h5.read("cells/calibration_loss").values()) CHECK(loss > 0);
}

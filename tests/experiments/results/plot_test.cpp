#include "experiments/results/plot.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/experiments/records.h"

using namespace experiments;
using experiments_test::record;

namespace {

const std::vector<std::string> kKeys = {"method", "quant.weight.bits", "seed"};

const std::vector<Record> kRecords = {
    record("rtn", "4", "0", 90),   record("rtn", "4", "1", 92),
    record("rtn", "2", "0", 10),   record("rtn", "2", "1", 20),
    record("brecq", "4", "0", 92), record("brecq", "4", "1", 92),
    record("brecq", "2", "0", 80), record("brecq", "2", "1", 0, "pending")};

ReportSpec methods_by_bits() {
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits"};
  return spec;
}

Plot plot_of(const std::vector<Record>& records, const ReportSpec& spec,
             const PlotOptions& options = {}, std::vector<std::string> keys = kKeys) {
  return build_plot("T", keys, spec, records, {}, options);
}

}  // namespace

TEST_CASE("rows are lines over numeric columns, in order of x, with means and deviations") {
  const Plot plot = plot_of(kRecords, methods_by_bits());
  REQUIRE(plot.panels.size() == 1);
  REQUIRE(plot.panels[0].lines.size() == 2);
  const PlotLine& rtn = plot.panels[0].lines[0];
  CHECK(rtn.name == "rtn");
  REQUIRE(rtn.points.size() == 2);
  CHECK(rtn.points[0].x == 2);
  CHECK(rtn.points[0].mean == doctest::Approx(15));
  CHECK(rtn.points[1].sd == doctest::Approx(1.41421356));
  CHECK(*plot.panels[0].reference == doctest::Approx(93));
  CHECK(plot.x_name == "bits");
  CHECK(plot.ticks.front().label == "2");
  CHECK(!plot.logarithmic);
}

TEST_CASE("an incomplete group has no point, and the plot says so") {
  const Plot plot = plot_of(kRecords, methods_by_bits());
  CHECK(plot.panels[0].lines[1].points.size() == 1);
  CHECK(plot.notes.back().find("1 places without a point") != std::string::npos);
}

TEST_CASE("labels that are no numbers stand side by side, wide ranges on a logarithmic axis") {
  std::vector<Record> names = {record("rtn", "mse", "0", 90), record("rtn", "minmax", "0", 80)};
  const Plot plot = plot_of(names, methods_by_bits());
  CHECK(plot.ticks[0].x == 0);
  CHECK(plot.ticks[1].label == "minmax");
  names = {record("rtn", "1", "0", 90), record("rtn", "1024", "0", 80)};
  CHECK(plot_of(names, methods_by_bits()).logarithmic);
}

TEST_CASE("another axis can lie along x, and networks have panels of their own") {
  CHECK(plot_of(kRecords, methods_by_bits(), {.x = "method"}).panels[0].lines.size() == 2);
  std::vector<Record> two = kRecords;
  for (Record& r : two) r.choices.emplace_back("model", "resnet20");
  for (const Record& r : kRecords) {
    two.push_back(r);
    two.back().choices.emplace_back("model", "vit");
    two.back().fp_top1 = 91;
  }
  const Plot plot =
      plot_of(two, methods_by_bits(), {}, {"method", "quant.weight.bits", "model", "seed"});
  REQUIRE(plot.panels.size() == 2);
  CHECK(plot.panels[1].name == "vit");
  CHECK(*plot.panels[1].reference == doctest::Approx(91));
  CHECK(plot.panels[1].lines[0].name == "rtn");
}

TEST_CASE("of two columns the one with numbers lies along x and the other makes lines") {
  std::vector<Record> records;
  for (const char* act : {"8", "4"}) {
    for (const Record& r : kRecords) {
      records.push_back(r);
      records.back().choices.emplace_back("quant.act.scale", act[0] == '8' ? "mse" : "minmax");
    }
  }
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits", "quant.act.scale"};
  const std::vector<std::string> keys = {"method", "quant.weight.bits", "quant.act.scale", "seed"};
  const Plot plot = plot_of(records, spec, {}, keys);
  CHECK(plot.x_name == "bits");
  CHECK(plot.ticks.size() == 2);
  std::vector<std::string> names;
  for (const PlotLine& line : plot.panels[0].lines) names.push_back(line.name);
  CHECK(names ==
        std::vector<std::string>{"rtn, mse", "brecq, mse", "rtn, minmax", "brecq, minmax"});
  CHECK(plot_of(records, spec, {.x = "scale"}, keys).panels[0].lines[0].name == "rtn, bits=4");
}

TEST_CASE("an axis may be named as tables name it, and a name of two axes lists them") {
  CHECK(plot_of(kRecords, methods_by_bits(), {.x = "bits"}).x_name == "bits");
  std::vector<Record> two = kRecords;
  for (Record& r : two) r.choices.emplace_back("quant.act.bits", r.label("quant.weight.bits"));
  const std::vector<std::string> keys = {"method", "quant.weight.bits", "quant.act.bits", "seed"};
  CHECK(plot_of(two, methods_by_bits(), {.x = "act.bits"}, keys).x_name == "act.bits");
  CHECK_THROWS_WITH_AS(plot_of(two, methods_by_bits(), {.x = "bits"}, keys),
                       "--x: 'bits' can be each of quant.weight.bits, quant.act.bits",
                       core::InputError);
  CHECK_THROWS_WITH_AS(plot_of(two, methods_by_bits(), {.panel = "bits"}, keys),
                       doctest::Contains("--panel: 'bits' can be each of"), core::InputError);
}

TEST_CASE("what makes no plot is refused with what would") {
  ReportSpec rows_only;
  rows_only.rows = {"method", "quant.weight.bits"};
  CHECK_THROWS_WITH_AS(plot_of(kRecords, rows_only), doctest::Contains("--x"), core::InputError);
  CHECK_THROWS_WITH_AS(plot_of(kRecords, methods_by_bits(), {.x = "methd"}),
                       doctest::Contains("did you mean 'method'?"), core::InputError);
  CHECK_THROWS_AS(plot_of(kRecords, methods_by_bits(), {.x = "seed"}), core::InputError);
  std::vector<Record> many;
  for (int i = 0; i <= int(kMostLines); ++i) {
    const std::string name = "m" + std::to_string(i);
    many.push_back(record(name.c_str(), "4", "0", 90));
    many.push_back(record(name.c_str(), "2", "0", 90));
  }
  CHECK_THROWS_WITH_AS(plot_of(many, methods_by_bits()), doctest::Contains("cannot be told apart"),
                       core::InputError);
}

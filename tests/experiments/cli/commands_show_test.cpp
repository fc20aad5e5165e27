#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "experiments/text/json.h"
#include "tests/support/tiny_experiment.h"

using support::roundtable;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("show prints keys in alphabetical order, and two cells differ where their settings do") {
  const support::TempDir dir("show_order");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(roundtable({"run", file, "--out", out, "--filter", "method=rtn"}).code == 0);
  const auto cells = experiments::ResultsFolder(out).read_index().cells;
  std::vector<std::vector<std::string>> shown;
  for (const std::size_t i : {0, 1}) {
    const support::Said said = roundtable({"show", cells[i].id, "--in", out});
    REQUIRE(said.code == 0);
    std::vector<std::string> lines = lines_of(said.out);
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("#"); });
    shown.push_back(lines);
  }
  REQUIRE(shown[0].size() == shown[1].size());
  std::vector<std::string> differ;
  for (std::size_t i = 0; i < shown[0].size(); ++i) {
    if (shown[0][i] != shown[1][i]) differ.push_back(shown[0][i]);
  }
  REQUIRE(differ.size() == 2);  // the name and the bits
  CHECK(differ[1].find("bits: 4") != std::string::npos);
  std::vector<std::string> keys;  // directly below base
  for (const std::string& line : shown[0]) {
    if (line.starts_with("  ") && line[2] != ' ')
      keys.push_back(line.substr(2, line.find(':') - 2));
  }
  CHECK(keys.size() > 5);
  CHECK(std::is_sorted(keys.begin(), keys.end()));
}

TEST_CASE("show as JSON has the log of the units") {
  const support::TempDir dir("show_json");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(roundtable({"run", file, "--out", out, "--filter", "method=brecq,quant.weight.bits=4"})
              .code == 0);
  const std::string id = experiments::ResultsFolder(out).finished().at(0);
  const core::Value shown =
      experiments::parse_json(roundtable({"show", id, "--in", out, "--json"}).out, "s");
  const core::Value* units = shown.find("units");
  REQUIRE(units != nullptr);
  REQUIRE(units->list().size() > 5);
  CHECK(*units->list()[0].find("path")->as_string() == "conv1");
  CHECK(*units->list()[0].find("iterations")->as_int() == 0);  // it has 8 bits and is not learned
  const core::Value& unit = units->list()[1];
  CHECK(*unit.find("phase")->as_string() == "weights");
  CHECK(*unit.find("iterations")->as_int() == 2);
  for (const char* name : {"loss_rtn", "loss_soft", "loss_hard", "flips", "undecided", "clipped"})
    CHECK(unit.find(name)->as_double() != nullptr);
  CHECK(unit.find("rolled_back") != nullptr);
  CHECK(*shown.find("config")->find_path("quant.weight.bits")->as_int() == 4);
}

#include "experiments/spec/parse.h"

#include <doctest/doctest.h>

#include <ctime>

#include "core/error.h"
#include "experiments/spec/expand.h"
#include "experiments/text/yaml.h"

using namespace experiments;

namespace {

Spec spec_of(const std::string& text) {
  return parse_spec(parse_yaml("schema: roundtable/1\n" + text, "e.yaml"), "e.yaml");
}

std::string error_of(const std::string& text) {
  try {
    spec_of(text);
  } catch (const core::ConfigError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every malformed experiment is refused with its position and the reason") {
  struct Bad {
    const char* text;
    const char* says;
  };
  const std::vector<Bad> table = {
      {"base: {}\n", "name"},
      {"name: 'a/b'\n", "1 to 64 letters"},
      {"name: ..\n", "1 to 64 letters"},
      {"name: a\ngird: {}\n", "grid"},
      {"name: a\nbase: 3\n", "base: must be a map"},
      {"name: a\ngrid: [1]\n", "e.yaml:3:7: grid: must be a map"},
      {"name: a\ngrid: {x: 3}\n", "x: an axis is a list"},
      {"name: a\ngrid: {x: []}\n", "at least one choice"},
      {"name: a\ngrid: {x: [1, 1]}\n", "e.yaml:3:15: x: choice 1 is written twice"},
      {"name: a\ngrid: {x..y: [1]}\n", "dotted path"},
      {"name: a\nzip: [{x: [1, 2], y: [1]}]\n", "equal lengths"},
      {"name: a\nzip: [{x: 1}]\n", "list of choices"},
      {"name: a\ngrid: {x: [1]}\nzip: [{x: [1]}]\n", "varied by two axes"},
      {"name: a\nreport: {value: speed}\n", "top1"},
      {"name: a\nreport: {row: [x]}\n", "rows"},
      {"name: a\ninclude: [3]\n", "include: an entry is a map"},
  };
  for (const Bad& bad : table) {
    const std::string error = error_of(bad.text);
    INFO(bad.text << " -> " << error);
    CHECK(error.find(bad.says) != std::string::npos);
    CHECK(error.find("e.yaml") != std::string::npos);
  }
}

TEST_CASE("labels are names of maps, texts of scalars, and whole maps where names collide") {
  const Spec s =
      spec_of("name: a\ngrid: {x: [{name: lp, p: 2.0}, {name: lp, p: 2.4}, l2, 3, 0.5, true]}\n");
  std::vector<std::string> labels;
  for (const auto& step : s.axes[0].steps) labels.push_back(step[0].label);
  CHECK(labels == std::vector<std::string>{"{name: lp, p: 2.0}", "{name: lp, p: 2.4}", "l2", "3",
                                           "0.5", "true"});
  CHECK(label_of(parse_yaml_value("{name: resnet20, w: x}", "f")) == "resnet20");
}

TEST_CASE("the largest files are read in seconds, whatever they are made of") {
  const auto list = [](const std::string& before, int n, const std::string& after) {
    std::string out;
    for (int i = 0; i < n; ++i) out += before + std::to_string(i) + after;
    return out;
  };
  const std::clock_t start = std::clock();
  CHECK(spec_of("name: a\ngrid: {seed: [" + list("", 99000, ",") + "]}\n").axes[0].steps.size() ==
        99000);
  CHECK(error_of("name: a\nbase:\n" + list(" k", 49000, ":\n") + " k7: 1\n").find("twice") !=
        std::string::npos);
  CHECK(error_of("name: a\ngrid:\n" + list(" k", 30000, ": [1]\n")).find("1000 keys") !=
        std::string::npos);
  CHECK(error_of("name: a\ninclude:\n" + list(" - {k", 20000, ": 1}\n")).find("1000 keys") !=
        std::string::npos);
  CHECK(error_of("name: a\nbase: {x: f(1, " + list("k", 49000, ", ") + "k)}\n")
            .find("within 1000 characters") != std::string::npos);
  CHECK(expand(spec_of("name: a\ninclude:\n" + list(" - {seed: ", 20000, "}\n"))).size() > 0);
  // 10 s and more for each of these where every member is compared with every other
  CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 10);
}

TEST_CASE("a key that would nest without bound is refused where it is written") {
  std::string key = "a";
  for (int i = 0; i < 300000; ++i) key += ".a";
  for (const std::string section : {"grid: {", "vary: [{", "include: [{"}) {
    const bool axis = section == "grid: {";
    const std::string text = "name: a\n" + section + "? " + key + (axis ? " : [1]" : " : 1") +
                             (axis ? "}" : "}]") + "\n";
    CAPTURE(section);
    CHECK_THROWS_WITH_AS(expand(spec_of(text)), doctest::Contains("parts"), core::ConfigError);
  }
}

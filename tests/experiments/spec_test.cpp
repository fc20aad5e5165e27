#include "experiments/spec.h"

#include <doctest/doctest.h>

#include "core/error.h"

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

TEST_CASE("entries of vary are labelled by what they change") {
  CHECK(vary_labels(parse_yaml_value("[{b: [y, {name: z, k: 3}]}, {b: w, c.d: 4}]", "f")) ==
        std::vector<std::string>{"b=y", "b={name: z, k: 3}", "b=w, c.d=4"});
  CHECK(vary_label({}) == "base");
}

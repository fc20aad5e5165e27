#include "experiments/spec.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace experiments;

namespace {

Spec spec_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  core::Value document = parse_yaml("schema: roundtable/1\n" + text, "e.yaml");
  override_document(document, parse_overrides(overrides));
  return parse_spec(std::move(document), "e.yaml");
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
      {"name: a\nexclude: [{x: 1}]\n", "'x' is not an axis"},
      {"name: a\ngrid: {method: [a, b]}\nexclude: [{methd: a}]\n", "did you mean 'method'?"},
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

TEST_CASE("overrides set the base, replace an axis, make one and take one out") {
  const std::string text =
      "name: a\nbase: {learn: {iters: 5}, k: 1}\ngrid: {seed: [0, 1], quant.weight.bits: [4, 2]}\n";
  const Spec s =
      spec_of(text, {"learn.iters=7", "quant.weight.bits=3", "~seed", "grid.method=[rtn, brecq]",
                     "~k", "name=other", "report.rows=[method]", "calibration.count=64"});
  CHECK(s.name == "other");
  CHECK(s.base == parse_yaml_value("{learn: {iters: 7}, calibration: {count: 64}}", "f"));
  CHECK(s.keys() == std::vector<std::string>{"quant.weight.bits", "method"});
  CHECK(s.axes[0].steps.size() == 1);
  CHECK(s.axes[1].steps.size() == 2);
  CHECK(s.report.rows == std::vector<std::string>{"method"});
  CHECK(spec_of(text, {"seed=[5, 6, 7]"}).axes[0].steps.size() == 3);
  CHECK_THROWS_AS(spec_of(text, {"~nothing"}), core::ConfigError);
}

TEST_CASE("a swept key is varied by nothing else, so every cell chooses among the same values") {
  const std::string sweep = "sweep: {learn.optimizer.lr: [0.1, 0.2]}\n";
  for (const char* rest :
       {"grid: {learn.optimizer.lr: [1, 2]}\n", "vary: [{learn.optimizer.lr: 1}]\n",
        "zip: [{learn.optimizer.lr: [1, 2], x: [1, 2]}]\n", "include: [{learn.optimizer.lr: 1}]\n",
        "grid: {x: [1]}\nexclude: [{learn.optimizer.lr: 0.1}]\n"}) {
    const std::string error = error_of("name: a\n" + sweep + rest);
    INFO(rest << " -> " << error);
    CHECK(error.find("'learn.optimizer.lr' is swept") != std::string::npos);
  }
}

TEST_CASE("overrides change, make and end a sweep") {
  const std::string text =
      "name: a\nbase: {k: 1}\nsweep: {learn.optimizer.lr: [0.1, 0.2], learn.batch: [8, 16]}\n";
  const auto values = [&](const std::vector<std::string>& overrides, const char* key) {
    const Spec s = spec_of(text, overrides);
    return s.sweep.find(key) ? s.sweep.find(key)->values.size() : 0;
  };
  CHECK(values({}, "learn.optimizer.lr") == 2);
  CHECK(values({"learn.optimizer.lr=[1, 2, 3]"}, "learn.optimizer.lr") == 3);
  CHECK(values({"learn.optimizer.lr=log(1, 2, 5)"}, "learn.optimizer.lr") == 5);
  CHECK(values({"sweep.learn.optimizer.lr=lin(1, 2, 4)"}, "learn.optimizer.lr") == 4);
  CHECK(values({"sweep.learn.iters=lin(1, 4, 4)"}, "learn.iters") == 4);
  CHECK(values({"~learn.optimizer.lr"}, "learn.optimizer.lr") == 0);
  CHECK(values({"~sweep.learn.batch"}, "learn.batch") == 0);
  CHECK(spec_of(text, {"~sweep"}).sweep.empty());
  CHECK(spec_of(text, {"sweep.choose_by=validation"}).sweep.by_validation());
  const Spec fixed = spec_of(text, {"learn.optimizer.lr=0.5", "learn.batch=4"});
  CHECK(fixed.sweep.empty());
  CHECK(*fixed.base.find_path("learn.optimizer.lr")->as_double() == 0.5);
}

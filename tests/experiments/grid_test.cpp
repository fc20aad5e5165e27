#include "experiments/grid.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "experiments/filter.h"

using namespace experiments;

namespace {

std::vector<Point> points_of(const std::string& text) {
  return expand(
      parse_spec(parse_yaml("schema: roundtable/1\nname: t\n" + text, "e.yaml"), "e.yaml"));
}

std::string labels(const Point& p) {
  std::string out;
  for (const auto& [key, choice] : p.choices) out += (out.empty() ? "" : " ") + choice.label;
  return out;
}

std::size_t count(const std::vector<Point>& points, const std::string& filter) {
  const Filter f(filter);
  std::size_t n = 0;
  for (const Point& p : points) n += f(p) ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("a grid is the product of its axes with the last one fastest") {
  const auto points = points_of("grid: {a: [1, 2], b: [x, y, z]}\nzip: [{c: [3, 4], d: [5, 6]}]\n");
  REQUIRE(points.size() == 12);
  CHECK(labels(points[0]) == "1 x 3 5");
  CHECK(labels(points[1]) == "1 x 4 6");
  CHECK(labels(points[2]) == "1 y 3 5");
  CHECK(labels(points[11]) == "2 z 4 6");
  CHECK(points[11].tree == parse_yaml_value("{a: 2, b: z, c: 4, d: 6}", "f"));
}

TEST_CASE("vary repeats the grid with one change at a time, beside the grid as it is") {
  const auto points = points_of(
      "base: {b: x}\ngrid: {a: [1, 2]}\nvary: [{b: [y, {name: z, k: 3}]}, {b: w, c.d: 4}]\n");
  REQUIRE(points.size() == 8);
  CHECK(labels(points[0]) == "1 base");
  CHECK(labels(points[1]) == "2 base");
  CHECK(labels(points[2]) == "1 b=y");
  CHECK(labels(points[5]) == "2 b={name: z, k: 3}");
  CHECK(labels(points[7]) == "2 b=w, c.d=4");
  CHECK(points[1].tree == parse_yaml_value("{b: x, a: 2}", "f"));
  CHECK(points[5].tree == parse_yaml_value("{b: {name: z, k: 3}, a: 2}", "f"));
  CHECK(points[7].tree == parse_yaml_value("{b: w, a: 2, c: {d: 4}}", "f"));
  CHECK(count(points, "vary=base") == 2);
  CHECK_THROWS_AS(points_of("grid: {a: [1]}\nvary: [{b: [1, 2], c: [3, 4]}]\n"), core::ConfigError);
  CHECK_THROWS_AS(points_of("grid: {a: [1]}\nvary: [{b: []}]\n"), core::ConfigError);
}

TEST_CASE("exclude leaves out cells that match every entry and include adds single ones") {
  const auto points = points_of(
      "base: {b: x}\ngrid: {a: [1, {name: two, k: 3}], b: [x, y]}\nexclude: [{a: two, b: y}, {a: "
      "1, b: x}]\n"
      "include: [{a: 9, c: 5}]\n");
  REQUIRE(points.size() == 3);
  CHECK(labels(points[0]) == "1 y");
  CHECK(labels(points[1]) == "two x");
  CHECK(labels(points[2]) == "9 5 x");  // its place on axis b is what the base says
  CHECK_THROWS_AS(points_of("grid: {a: [1]}\nexclude: [{a: 1}]\n"), core::ConfigError);
}

TEST_CASE(
    "a choice lies over the base, the base over the preset, and definitions of a method stay") {
  const auto points = points_of(
      "base: {learn: {iters: 50}, seed: 3}\ngrid: {method: [rtn, adaround], learn.batch: [16]}\n");
  REQUIRE(points.size() == 2);
  CHECK(*points[0].tree.find_path("learn.iters")->as_int() == 0);
  CHECK(*points[1].tree.find_path("learn.iters")->as_int() == 50);
  CHECK(*points[1].tree.find_path("learn.batch")->as_int() == 16);
  CHECK(*points[1].tree.find_path("learn.granularity")->as_string() == "layer");
  CHECK(points[1].overridden == std::vector<std::string>{"learn.iters", "learn.batch"});
  CHECK(points[0].overridden.empty());
}

TEST_CASE("what a preset leaves to the defaults is noted when it stands elsewhere") {
  const auto points = points_of(
      "base: {learn: {engine: gram, batch: 32, augment: none}, learn_act: {batch: 8}, quant: "
      "{weight: "
      "{bits: 2, scale: minmax}, act: {bits: 4}}}\ngrid: {method: [adaround, rtn, qdrop]}\n");
  using Paths = std::vector<std::string>;
  CHECK(points[0].overridden == Paths{"quant.weight.scale.name", "learn.engine"});
  CHECK(points[1].overridden == Paths{"quant.weight.scale.name"});  // it learns nothing
  const auto still =
      points_of("grid: {method: [adaround], learn.iters: [0]}\nbase: {learn.batch: 8}\n");
  CHECK(still[0].overridden == Paths{"learn.iters"});
  CHECK(points[2].overridden ==
        Paths{"quant.weight.scale.name", "learn.engine", "learn_act.batch"});
}

TEST_CASE("a choice that is a map merges with the base and replaces it when the name differs") {
  const auto points =
      points_of("base: {l: {name: lp, p: 2.4, q: 1}}\ngrid: {l: [{p: 3.0}, {name: l2}]}\n");
  CHECK(points[0].tree == parse_yaml_value("{l: {name: lp, p: 3.0, q: 1}}", "f"));
  CHECK(points[1].tree == parse_yaml_value("{l: {name: l2}}", "f"));
}

TEST_CASE("an unknown method is refused with the nearest name") {
  CHECK_THROWS_WITH_AS(points_of("grid: {method: [adarund]}\n"),
                       doctest::Contains("did you mean 'adaround'?"), core::ConfigError);
}

TEST_CASE("what a method fixes is set aside, but must be a value that its key takes") {
  const auto error_of = [](const std::string& base) -> std::string {
    try {
      points_of("base: " + base + "\n");
    } catch (const core::ConfigError& e) {
      return e.what();
    }
    return "";
  };
  struct Bad {
    const char* base;
    const char* says;
  };
  const std::vector<Bad> table = {
      {"{method: rtn, learn: {iters: {a: 1}}}", "learn.iters: must be an integer"},
      {"{method: rtn, learn: {iters: many}}", "learn.iters: must be an integer"},
      {"{method: rtn, learn: {iters: -1}}", "learn.iters: must be an integer"},
      {"{method: rtn, learn: 3}", "learn: must be a map or a name; got integer 3"},
      {"{method: rtn, learn_act: [1]}", "learn_act: must be one value (a name or a map)"},
      {"{method: cle_bc, quant: {prepare: 3}}", "quant.prepare: must be a map or a name"},
      {"{method: cle_bc, quant: {prepare: nothing}}", "quant.prepare.name: must be one of"},
      {"{method: obq, learn: {granularity: words}}", "learn.granularity: must be one of"},
      {"{method: obq, learn: {solver: {name: [x]}}}", "learn.solver.name: must be one value (string)"},
  };
  for (const Bad& bad : table) {
    const std::string error = error_of(bad.base);
    INFO(bad.base << " -> " << error);
    CHECK(error.starts_with("e.yaml:3:"));
    CHECK(error.find(bad.says) != std::string::npos);
  }
  CHECK(error_of("{method: rtn, learn: {iters: 500}}") == "");
  CHECK(error_of("{method: cle_bc, quant: {prepare: none}}") == "");
  CHECK_THROWS_WITH_AS(
      points_of("base: {method: rtn}\nsweep: {learn.iters: [1, {a: 1}], choose_by: validation}\n"),
      doctest::Contains("learn.iters: must be an integer"), core::ConfigError);
}

TEST_CASE("an inner key lies over an outer one, in whatever order they are written") {
  for (const char* text :
       {"grid: {m.w: [1, 2], m: [{name: a}, b]}\n", "grid: {m: [{name: a}, b], m.w: [1, 2]}\n"}) {
    std::string seen;
    for (const Point& p : points_of(text))
      seen += label_of(*p.tree.find("m")) + label_of(*p.tree.find_path("m.w")) + " ";
    INFO(seen);
    for (const char* cell : {"a1", "a2", "b1", "b2"}) CHECK(seen.find(cell) != std::string::npos);
  }
  const auto varied = points_of("grid: {o.lr: [1, 2]}\nvary: [{o: sgd}]\n");
  CHECK(varied[2].tree == parse_yaml_value("{o: {name: sgd, lr: 1}}", "f"));
}

TEST_CASE("a grid of more than a million cells is refused before it is made") {
  std::string text = "grid:\n";
  for (int k = 0; k < 7; ++k)
    text += "  k" + std::to_string(k) + ": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
  CHECK_THROWS_WITH_AS(points_of(text), doctest::Contains("1000000"), core::ConfigError);
}

TEST_CASE(
    "a sweep makes a cell for each value, the last key fastest, over grid, vary and include") {
  const auto points = points_of(
      "base: {learn: {iters: 5}}\ngrid: {a: [1, 2]}\nvary: [{b: 3}]\ninclude: [{a: 9}]\n"
      "sweep: {learn.optimizer.lr: [0.1, 0.2], learn.batch: [4, 8]}\n");
  REQUIRE(points.size() == 5 * 4);
  CHECK(labels(points[0]) == "1 base 0.1 4");
  CHECK(labels(points[1]) == "1 base 0.1 8");
  CHECK(labels(points[19]) == "9 0.2 8");
  CHECK(*points[1].tree.find_path("learn.batch")->as_int() == 8);
  CHECK(*points[19].tree.find_path("learn.optimizer.lr")->as_double() == 0.2);
  CHECK(!points[0].tree.find_path("eval.validate"));
}

TEST_CASE("what learns nothing is not swept, and a choice by validation asks for its images") {
  const auto points = points_of(
      "base: {learn: {iters: 5}}\ngrid: {method: [rtn, brecq, custom]}\n"
      "sweep: {learn.optimizer.lr: [0.1, 0.2], choose_by: validation}\n");
  REQUIRE(points.size() == 5);
  CHECK(labels(points[0]) == "rtn");
  CHECK(labels(points[2]) == "brecq 0.2");
  CHECK(labels(points[4]) == "custom 0.2");
  for (const Point& p : points) CHECK(*p.tree.find_path("eval.validate")->as_bool());
  CHECK(std::count(points[1].overridden.begin(), points[1].overridden.end(),
                   "learn.optimizer.lr") == 1);
  const std::string acts = "sweep: {learn_act.optimizer.lr: [0.1, 0.2]}\n";
  CHECK(points_of("grid: {method: [adaround, brecq, qdrop]}\n" + acts).size() == 3);
  CHECK(points_of("base: {quant: {act: {bits: 4}}}\ngrid: {method: [rtn]}\n" + acts).size() == 1);
  CHECK(
      points_of("grid: {quant.act.bits: [4], method: [adaround, brecq, qdrop]}\n" + acts).size() ==
      1 + 2 + 2);
  CHECK(points_of("grid: {method: [rtn]}\nsweep: {learn.iters: [1, 2]}\n").size() == 1);
  CHECK(points_of("grid: {a: [1]}\nsweep: {learn.iters: [1, 2]}\n").size() == 2);
}

#include "experiments/spec/overrides.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/spec/expand.h"
#include "experiments/spec/parse.h"

using namespace experiments;

namespace {

core::Value document_of(const std::string& text, const std::vector<std::string>& overrides) {
  core::Value document = parse_yaml("schema: roundtable/1\n" + text, "e.yaml");
  override_document(document, parse_overrides(overrides));
  return document;
}

Spec spec_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_spec(document_of(text, overrides), "e.yaml");
}

/// What a key is in every cell, "-" where it is not there.
std::string seen(const std::string& text, const std::vector<std::string>& overrides,
                 const std::string& key) {
  std::string out;
  for (const Point& point : expand(spec_of("name: a\n" + text, overrides))) {
    const core::Value* v = point.tree.find_path(key);
    out += (out.empty() ? "" : " ") + (v ? label_of(*v) : "-");
  }
  return out;
}

std::string error_of(const std::string& text, const std::vector<std::string>& overrides) {
  try {
    spec_of("name: a\n" + text, overrides);
  } catch (const core::ConfigError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

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

TEST_CASE("a key inside an axis is set in every choice, wherever the axis is") {
  const std::string grid = "base: {s: 0}\ngrid: {model: [a, {name: b, weights: w}]}\n";
  CHECK(seen(grid, {}, "model.weights") == "- w");
  CHECK(seen(grid, {"model.weights=x"}, "model.weights") == "x x");
  CHECK(seen(grid, {"model.weights=x"}, "model.name") == "a b");
  CHECK(seen(grid, {"model.a.b=3"}, "model.a.b") == "3 3");
  CHECK(seen("zip: [{model: [a, b, a], s: [1, 2, 3]}]\n", {"model.weights=x"}, "model.weights") ==
        "x x x");
  CHECK(seen("vary: [{loss: [l1, {name: lp, p: 2}]}, {s: 1}]\n", {"loss.p=3"}, "loss.p") ==
        "3 3 3 3");
  CHECK(seen("base: {model: c}\ninclude: [{model: a}, {s: 1}]\n", {"model.weights=x"},
             "model.weights") == "x x x");
  CHECK(seen(grid + "include: [{model: c}]\n", {"model.weights=x"}, "model.weights") == "x x x");
  CHECK(seen("base: {model: c, s: 0}\ngrid: {model: [a, b]}\ninclude: [{s: 1}]\n",
             {"model.weights=x"}, "model.weights") == "x x x");
  CHECK(seen("sweep: {opt: [adam, {name: sgd, lr: 1}], choose_by: validation}\n", {"opt.lr=3"},
             "opt.lr") == "3 3");
  CHECK(seen(grid, {"~model.weights"}, "model.weights") == "- -");
}

TEST_CASE("a key inside an axis that cannot be set is refused with the way to say it") {
  const std::string grid = "grid: {model: [{name: a, weights: v}, {name: b, weights: v}]}\n";
  CHECK(
      error_of(grid, {"model.name=c"})
          .find("command line 'model.name=c': makes choices of 'model' (grid) the same, {name: c, "
                "weights: v}; write the choices that are wanted: model=[") == 0);
  CHECK(error_of("grid: {seed: [0, 1]}\n", {"seed.x=1"})
            .find("'seed' is an axis (grid) with the choice 0, which has no x") !=
        std::string::npos);
  CHECK(error_of("sweep: {learn.optimizer.lr: log(1, 2, 3)}\n", {"learn.optimizer.lr.x=1"})
            .find("which has no x") != std::string::npos);
  CHECK(error_of(grid, {"~model.classes"}).find("'~model.classes': there is no such key") !=
        std::string::npos);
}

TEST_CASE("what is excluded follows choices that an override changes") {
  const std::string text =
      "base: {prep: none}\ngrid: {model: [a, {name: b, k: 1}]}\nvary: [{prep: [x, {name: z, q: "
      "1}]}]\n"
      "exclude: [{model: b, vary: prep=x}, {model: {name: b, k: 1}, vary: 'prep={name: z, q: "
      "1}'}]\n";
  CHECK(seen(text, {}, "model.name").size() > 0);
  CHECK(expand(spec_of("name: a\n" + text)).size() == 4);
  CHECK(expand(spec_of("name: a\n" + text, {"prep.z=1"})).size() == 4);
  CHECK(expand(spec_of("name: a\n" + text, {"model.z=1"})).size() == 4);
  CHECK(expand(spec_of("name: a\n" + text, {"model.z=1", "prep.q=2"})).size() == 4);
}

TEST_CASE("a value around an axis may not say what the axis varies") {
  const std::string grid = "base: {opt: {name: adam}}\ngrid: {opt.lr: [1, 2]}\n";
  CHECK(seen(grid, {"opt={name: sgd, momentum: 0.9}"}, "opt.momentum") == "0.9 0.9");
  CHECK(seen(grid, {"opt=sgd"}, "opt.name") == "sgd sgd");
  CHECK(seen(grid, {"opt=sgd"}, "opt.lr") == "1 2");
  CHECK(
      error_of(grid, {"opt={name: sgd, lr: 5}"})
          .find(
              "'opt.lr' is an axis (grid), which this value would not reach; change the axis with "
              "opt.lr=.., or take it out with ~opt.lr first") != std::string::npos);
  CHECK(error_of(grid, {"opt=3"}).find("'opt.lr' is an axis") != std::string::npos);
  CHECK(seen(grid, {"~opt.lr", "opt={name: sgd, lr: 5}"}, "opt.lr") == "5");
  for (const char* rest :
       {"zip: [{opt.lr: [1, 2]}]\n", "sweep: {opt.lr: [1, 2], choose_by: validation}\n"})
    CHECK(error_of(rest, {"opt={lr: 5}"}).find("'opt.lr' is an axis") != std::string::npos);
  // an entry of vary that says the same key differs from the base, which has the new value
  CHECK(seen("base: {opt: a}\nvary: [{opt.lr: 9}]\n", {"opt={name: b, lr: 5}"}, "opt.lr") == "5 9");
}

TEST_CASE("a key of a zip takes a list of the same length or one value for every step") {
  const std::string zip = "zip: [{w: [2, 3], a: [4, 8]}]\n";
  CHECK(seen(zip, {"a=[6, 7]"}, "a") == "6 7");
  CHECK(seen(zip, {"a=32"}, "a") == "32 32");
  CHECK(seen(zip, {"~a"}, "a") == "- -");
  CHECK(seen(zip, {"~a", "~w"}, "w") == "-");
  CHECK(error_of(zip, {"a=[1, 2, 3]"}).find("equal lengths") != std::string::npos);
}

TEST_CASE("sections of the file are overridden whole, base.k is k, and lists go to the grid") {
  CHECK(seen("base: {s: 0}\n", {"vary=[{s: [1, 2]}]"}, "s") == "0 1 2");
  CHECK(seen("base: {s: 0}\ngrid: {s: [1, 2]}\n", {"grid={s: [5]}"}, "s") == "5");
  CHECK(seen("base: {s: 0}\n", {"base.s=3"}, "s") == "3");
  CHECK(seen("grid: {s: [1, 2]}\n", {"base.s=3"}, "s") == "3");
  CHECK(error_of("", {"seed=[0, 1, 2]"}).find("grid.seed=[0, 1, 2]") != std::string::npos);
  CHECK(seen("", {"grid.seed=[0, 1, 2]"}, "seed") == "0 1 2");
}

TEST_CASE("no override of a key of a cell changes nothing") {
  // every form of a key against every place where an axis can stand
  const std::vector<std::string> places = {
      "grid: {k.a: [1, 2]}\n",
      "grid: {k: [{a: 1}, {a: 2}]}\n",
      "zip: [{k.a: [1, 2], s: [1, 2]}]\n",
      "zip: [{k: [{a: 1}, {a: 2}], s: [1, 2]}]\n",
      "sweep: {k.a: [1, 2], choose_by: validation}\n",
      "sweep: {k: [{a: 1}, {a: 2}], choose_by: validation}\n",
      "vary: [{k.a: [1, 2]}]\n",
      "vary: [{k: [{a: 1}, {a: 2}]}]\n",
      "include: [{k.a: 1}, {k: {a: 2}}]\n",
      "grid: {k.a.b: [1, 2]}\n",
  };
  for (const std::string& place : places) {
    for (const char* override : {"k.a=9", "k.a.b=9", "k={a: 9}", "k={a: {b: 9}}", "k.z=9"}) {
      const std::string text = "name: a\nbase: {k: {name: q, a: 0}, s: 0}\n" + place;
      std::vector<core::Value> before, after;
      for (const Point& point : expand(spec_of(text))) before.push_back(point.tree);
      try {
        for (const Point& point : expand(spec_of(text, {override}))) after.push_back(point.tree);
      } catch (const core::ConfigError& e) {
        CHECK(std::string(e.what()).find("command line") != std::string::npos);
        continue;
      }
      INFO(place << override);
      CHECK(before != after);
    }
  }
}

// The experiment files of the study speak of everything that exists: no value of an axis, no method
// is left out.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/system/file.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/schema.h"
#include "experiments/spec/expand.h"
#include "quant/method/method.h"
#include "quant/recipe/calibration_recipe.h"
#include "quant/recipe/recipe.h"
#include "tests/support/source_dir.h"

using namespace experiments;

namespace {

std::vector<Point> points_of(const std::string& file) {
  return expand(load_spec(support::source_dir() + "/experiments/configs/" + file, {}));
}

/// The configuration of a point with the defaults written in; models and data are not loaded.
core::Value resolved(const Point& point) {
  core::Params p(point.tree);
  const quant::CalibrationRecipe calibration(p);
  const quant::Recipe recipe(p);
  return p.resolved();
}

/// Values that a key may take; empty for numbers and texts.
std::vector<std::string> values_of(const core::Declared& d) {
  if (!d.key.one_of.empty()) return d.key.one_of;
  return d.type == "bool" ? std::vector<std::string>{"false", "true"} : std::vector<std::string>{};
}

/// learn_act.x and learn.bias.x stand for the same code as learn.x; so do the keys of one strategy.
std::string axis_of(const std::string& path) {
  std::string out = path;
  for (const std::string prefix :
       {"learn_act.a_zero.", "learn_act.", "learn.bias.", "learn.norm.", "learn.w_scale.",
        "learn.w_zero.", "learn.w_range.", "learn.exponent.", "learn.codebook."}) {
    for (const std::string shared :
         {"optimizer.", "schedule.", "loss.", "input.", "augment.", "granularity", "replacement"}) {
      if (path.starts_with(prefix + shared)) out = "learn." + path.substr(prefix.size());
    }
  }
  if (path.starts_with("calibration.source.with.")) out = "calibration.source." + path.substr(24);
  for (const std::string prefix : {"quant.act.softmax.", "quant.act.gelu."}) {
    if (path.starts_with(prefix)) out = "quant.act.grid." + path.substr(prefix.size());
  }
  if (path.starts_with("quant.act.scale.")) out = "quant.weight" + path.substr(9);
  return out;
}

/// axis=value that no cell needs to take, and why.
const std::map<std::string, std::string> kLeftOut{
    {"calibration.source.name=other_dataset", "needs a second data set"},
    {"calibration.split=test", "leaks"},
    {"learn.selection.which=depthwise", "no model has depthwise layers"},
    {"eval.split=val", "what is counted is no axis"},
    {"eval.validate=true", "sweeps by validation set it"},
};
/// Keys that are no axes of the study.
bool outside(const std::string& path) {
  return path.starts_with("model.") || path.starts_with("data.") ||
         path.ends_with(".decay_rank1") ||  // weight decay is for training
         path.starts_with("calibration.source.dataset.");
}

}  // namespace

TEST_CASE("axes_smoke.yaml takes every value of every axis, with the exceptions that it names") {
  std::map<std::string, std::set<std::string>> wanted;
  const auto want = [&](const core::Declared& d) {
    if (outside(d.path)) return;
    for (const std::string& value : values_of(d)) wanted[axis_of(d.path)].insert(value);
  };
  for (const core::Declared& d : cell_keys()) want(d);
  for (const StrategyOptions& s : strategy_options()) {
    for (const core::Declared& d : s.options) want(d);
  }
  std::map<std::string, std::set<std::string>> taken;
  const auto take = [&](const core::Value& tree, const std::string& path,
                        const auto& self) -> void {
    if (tree.is_map()) {
      for (const auto& [key, member] : tree.map())
        self(member, path.empty() ? key : path + "." + key, self);
    } else {
      taken[axis_of(path)].insert(label_of(tree));
    }
  };
  const std::vector<Point> points = points_of("axes_smoke.yaml");
  for (const Point& point : points) take(resolved(point), "", take);
  std::set<std::string> missing;
  for (const auto& [axis, values] : wanted) {
    for (const std::string& value : values) {
      if (!taken[axis].contains(value)) missing.insert(axis + "=" + value);
    }
  }
  missing.erase("eval.split=test");  // defaults of keys that only a workbench reads
  missing.erase("eval.validate=false");
  std::string unnamed, stale;
  for (const std::string& item : missing) {
    if (!kLeftOut.contains(item)) unnamed += "  " + item + "\n";
  }
  for (const auto& [item, why] : kLeftOut) {
    if (!missing.contains(item)) stale += "  " + item + "\n";
  }
  CHECK_MESSAGE(unnamed.empty(), "axes_smoke.yaml lacks these; add them to its vary list:\n"
                                     << unnamed);
  CHECK_MESSAGE(stale.empty(), "these are no exceptions any more:\n" << stale);
}

TEST_CASE("every method is in axes_smoke.yaml and in units_check.yaml, on two networks") {
  for (const char* file : {"axes_smoke.yaml", "units_check.yaml"}) {
    std::map<std::string, std::set<std::string>> networks;
    for (const Point& point : points_of(file)) {
      if (const core::Value* method = point.tree.find("method"))
        networks[label_of(*method)].insert(label_of(*point.tree.find("model")));
    }
    for (const std::string& name : quant::method_names()) {
      const bool transformers = name == "repq_vit" || name == "recommended_vit";
      const std::size_t wanted = transformers ? 1 : 2;
      CHECK_MESSAGE(networks[name].size() == wanted, file << " lacks method " << name);
    }
  }
}

TEST_CASE("docs/config.md is what the program generates") {
  const std::string path = support::source_dir() + "/docs/config.md";
  const bool same = core::read_text(path) == schema_markdown();
  CHECK_MESSAGE(same, "regenerate it: ./roundtable schema --markdown > docs/config.md");
}

#include "experiments/cli/schema.h"

#include <algorithm>
#include <cmath>

#include "core/config/registry.h"
#include "experiments/spec/cell_keys.h"
#include "experiments/spec/parse.h"
#include "experiments/train/train_plan.h"
#include "nn/model.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "quant/act_grid/act_grid.h"
#include "quant/augment/augment.h"
#include "quant/calibration/source/calibration_source.h"
#include "quant/importance/importance.h"
#include "quant/input/input.h"
#include "quant/loss/loss.h"
#include "quant/prepare/prepare.h"
#include "quant/regulariser/regulariser.h"
#include "quant/repair/repair.h"
#include "quant/scale/scale.h"
#include "quant/selection/selection.h"
#include "quant/solver/solver.h"
#include "quant/variable/rounding_variable.h"
#include "quant/weight_grid/weight_grid.h"

namespace experiments {
namespace {

void leave_out_maps(std::vector<core::Declared>& list) {
  std::erase_if(list, [](const core::Declared& d) { return d.type == "map"; });
}

bool same(const std::vector<core::Declared>& a, const std::vector<core::Declared>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const core::Declared& x, const core::Declared& y) {
                      return x.path == y.path && x.type == y.type &&
                             x.default_text == y.default_text && x.key.doc == y.key.doc &&
                             x.key.source == y.key.source && allowed_text(x) == allowed_text(y);
                    });
}

/// The other keys that choose among `names`.
std::vector<std::string> twins_of(const std::string& key, const std::vector<std::string>& names,
                                  const std::vector<core::Declared>& cell) {
  std::vector<std::string> out;
  constexpr std::string_view kName = ".name";
  for (const core::Declared& d : cell) {
    if (!d.path.ends_with(kName) || d.key.one_of != names) continue;
    const std::string chooser = d.path.substr(0, d.path.size() - kName.size());
    if (chooser != key) out.push_back(chooser);
  }
  return out;
}

template <class T>
void add(const std::string& key, const std::vector<core::Declared>& cell,
         std::vector<StrategyOptions>& out) {
  const std::size_t first = out.size();
  const std::vector<std::string> also = twins_of(key, core::Registry<T>::names(), cell);
  for (const std::string& name : core::Registry<T>::names()) {
    core::Params p = core::Params::describing(key);
    core::Registry<T>::create(name, p);
    std::vector<core::Declared> options = p.declared();
    leave_out_maps(options);
    if (options.empty()) continue;
    const auto twin =
        std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                     [&](const StrategyOptions& o) { return same(o.options, options); });
    if (twin != out.end())
      twin->names.push_back(name);
    else
      out.push_back({key, also, {name}, std::move(options)});
  }
}

}  // namespace

std::vector<core::Declared> cell_keys() {
  std::vector<core::Declared> out = describe_cell();
  leave_out_maps(out);
  return out;
}

std::vector<StrategyOptions> strategy_options() {
  std::vector<core::Declared> cell = cell_keys();
  for (core::Declared& d : describe_training()) {
    if (d.path.starts_with("train.")) cell.push_back(std::move(d));
  }
  std::vector<StrategyOptions> out;
  add<nn::Model>("model", cell, out);
  add<data::Dataset>("data", cell, out);
  add<quant::CalibrationSet>("calibration", cell, out);
  add<quant::CalibrationSource>("calibration.source", cell, out);
  add<quant::Scale>("quant.weight.scale", cell, out);
  add<quant::WeightGrid>("quant.weight.grid", cell, out);
  add<quant::Importance>("quant.allocate.importance", cell, out);
  add<quant::ActGrid>("quant.act.grid", cell, out);
  add<quant::Prepare>("quant.prepare", cell, out);
  add<quant::Repair>("quant.repair", cell, out);
  add<quant::Solver>("learn.solver", cell, out);
  add<quant::RoundingVariable>("learn.variable", cell, out);
  add<quant::Loss>("learn.loss", cell, out);
  add<quant::Regulariser>("learn.regulariser", cell, out);
  add<quant::Selection>("learn.selection", cell, out);
  add<quant::Input>("learn.input", cell, out);
  add<quant::Augment>("learn.augment", cell, out);
  add<nn::Optimizer>("learn.optimizer", cell, out);
  add<nn::Schedule>("learn.schedule", cell, out);
  return out;
}

std::string allowed_text(const core::Declared& d) {
  const core::Key& key = d.key;
  if (!key.one_of.empty()) return fmt::format("{}", fmt::join(key.one_of, " | "));
  if (d.type == "bool") return "true | false";
  const std::string each = d.type == "list" ? "each " : "";
  if (std::isfinite(key.min) && std::isfinite(key.max))
    return fmt::format("{}{}..{}", each, key.min, key.max);
  if (std::isfinite(key.min)) return fmt::format("{}>= {}", each, key.min);
  if (std::isfinite(key.max)) return fmt::format("{}<= {}", each, key.max);
  if (d.type == "integer") return "any integer";
  if (d.type == "real") return "any finite real";
  if (d.type == "string") return "any text";
  return d.type == "list" ? "any list" : "see meaning";
}

std::string schema_markdown() {
  std::string out =
      "<!-- Generated by `./roundtable schema --markdown > docs/config.md`; do not edit. -->\n\n"
      "# Configuration reference\n\n"
      "Every key, as declared by the code that reads it: `./roundtable schema` prints the same, "
      "`./roundtable schema learn.loss`\npart of it, `--json` for programs.  Unknown keys and "
      "values "
      "that are not allowed are refused with their place in the\nfile.  A default of `(required)` "
      "means that there is none; a strategy `{name: x}` without options may be written `x`.\n";
  const auto table = [&out](std::vector<core::Declared> keys) {
    out += "\n| key | type | default | allowed | meaning | source |\n|---|---|---|---|---|---|\n";
    for (const core::Declared& d : keys) {
      const std::string fallback = d.default_text.empty() ? "(required)" : d.default_text;
      out += "|";
      for (const std::string& field : {"`" + d.path + "`", d.type, "`" + fallback + "`",
                                       allowed_text(d), d.key.doc, d.key.source}) {
        out += ' ';
        for (const char c : field) out += c == '|' ? std::string("\\|") : std::string(1, c);
        out += " |";
      }
      out += '\n';
    }
  };
  out += "\n## An experiment file\n\nIts first key is `schema: roundtable/1`.\n";
  std::vector<core::Declared> file = describe_spec();
  leave_out_maps(file);
  table(file);
  out +=
      "\n## A cell\n\nThe keys of `base`, and of the axes of a grid by their dotted paths.  "
      "Strategies stand at their defaults; the\noptions of the others follow.\n";
  table(cell_keys());
  out += "\n## A training file\n\nWhat `./roundtable train` reads; first `schema: roundtable/1`.\n";
  std::vector<core::Declared> training = describe_training();
  leave_out_maps(training);
  table(training);
  out += "\n## Options of strategies\n";
  for (const StrategyOptions& s : strategy_options()) {
    out += fmt::format("\n### `{}.name`: {}\n", s.key, fmt::join(s.names, ", "));
    if (!s.also.empty()) out += fmt::format("\nAlso under `{}`.\n", fmt::join(s.also, "`, `"));
    table(s.options);
  }
  return out;
}

}  // namespace experiments

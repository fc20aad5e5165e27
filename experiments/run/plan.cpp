#include "experiments/run/plan.h"

#include <algorithm>

#include "core/error.h"

namespace experiments {

Index Plan::index() const {
  Index out{.name = spec.name,
            .title = spec.title,
            .file = spec.file,
            .keys = spec.keys(),
            .report = spec.report,
            .sweep = spec.sweep,
            .document = spec.document,
            .cells = {}};
  for (const auto* list : {&spec.report.rows, &spec.report.cols}) {
    for (const std::string& key : *list) {
      if (std::find(out.keys.begin(), out.keys.end(), key) == out.keys.end())
        out.keys.push_back(key);
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    IndexEntry entry{.id = cell.id,
                     .choices = {},
                     .method = cell.method,
                     .model = cell.model,
                     .w_bits = cell.w_bits,
                     .a_bits = cell.a_bits,
                     .seed = cell.seed,
                     .work = cell.work,
                     .overridden = points[i].overridden};
    for (const std::string& key : out.keys) {
      if (const std::string* label = points[i].label(key)) {
        entry.choices.emplace_back(key, *label);
      } else if (spec.sweep.find(key)) {
        entry.choices.emplace_back(key, "-");  // this cell has nothing to choose
      } else if (const core::Value* v = cell.config.find_path(key)) {
        entry.choices.emplace_back(key, label_of(*v));
      } else {
        throw core::ConfigError(fmt::format("{}: report: '{}' is not a key of the cells{}",
                                            spec.file, key, core::known_hint(key, spec.keys())));
      }
    }
    out.cells.push_back(std::move(entry));
  }
  return out;
}

Plan make_plan(Spec spec, Workbench& workbench) {
  Plan plan{.spec = std::move(spec), .points = {}, .cells = {}};
  plan.points = expand(plan.spec);
  for (const Point& point : plan.points) plan.cells.push_back(workbench.resolve(point.tree));
  return plan;
}

std::string results_path(const Spec& spec, const std::string& out) {
  return out.empty() ? "results/" + spec.name : out;
}

}  // namespace experiments

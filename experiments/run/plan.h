// Plan: a grid with every cell resolved, before anything runs.
#pragma once

#include <string>
#include <vector>

#include "experiments/cell/workbench.h"
#include "experiments/spec/expand.h"
#include "experiments/store/store.h"

namespace experiments {

struct Plan {
  Spec spec;
  std::vector<Point> points;
  std::vector<Cell> cells;  // same order
  Index index() const;
};
/// throws: ConfigError, InputError for anything that would stop a cell before it starts.
Plan make_plan(Spec spec, Workbench& workbench);

std::string results_path(const Spec& spec, const std::string& out);

}  // namespace experiments

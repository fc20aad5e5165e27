#include "experiments/spec/key_hints.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/config/nearest_path.h"
#include "experiments/spec/cell_keys.h"
#include "experiments/text/key_path.h"

namespace experiments {

void refuse_unknown(const core::Params& cell, const core::Value& tree, const core::Value& model,
                    const core::Value& data) {
  try {
    cell.done();
  } catch (const core::ConfigError&) {
    std::vector<std::string> groups, paths;
    for (const core::Declared& d : describe_cell()) {
      if (depth(d.path) == 1) groups.push_back(d.path);
      paths.push_back(d.path);
    }
    for (const auto& [key, value] : model.map()) paths.push_back("model." + key);
    for (const auto& [key, value] : data.map()) paths.push_back("data." + key);
    for (const auto& [key, value] : tree.map()) {
      if (std::find(groups.begin(), groups.end(), key) != groups.end()) continue;
      const std::string near = core::nearest(key, groups).empty() ? core::nearest_path(key, paths)
                                                                  : core::nearest(key, groups);
      if (!near.empty())
        cell.fail(key, fmt::format("unknown key; did you mean '{}'?; known: {}", near,
                                   fmt::join(groups, ", ")));
    }
    throw;
  }
}

}  // namespace experiments

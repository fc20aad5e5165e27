#include "experiments/cell/data_paths.h"

#include <algorithm>
#include <string_view>

#include "experiments/text/yaml.h"

namespace experiments {
namespace {

constexpr std::string_view kFolders[] = {"data", "calibration.source.dataset"};
constexpr std::string_view kRoot = "root";

/// The map at a dotted path, or nullptr.
core::Value* map_at(core::Value& tree, std::string_view path) {
  core::Value* at = &tree;
  while (at && at->is_map() && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at && at->is_map() ? at : nullptr;
}

}  // namespace

core::Value with_located_data(core::Value cell, const std::string& file) {
  for (const std::string_view folder : kFolders) {
    core::Value* const data = map_at(cell, folder);
    core::Value* const root = data ? data->find(kRoot) : nullptr;
    if (!root || !root->as_string()) continue;
    const core::Mark mark = root->mark;
    *root = core::Value(resolve_path(*root->as_string(), file));
    root->mark = mark;
  }
  return cell;
}

void restore_data_paths(core::Value& cell, const core::Value& written) {
  for (const std::string_view folder : kFolders) {
    const core::Value* const root =
        written.find_path(std::string(folder) + "." + std::string(kRoot));
    core::Value* const data = map_at(cell, folder);
    if (root && data && data->find(kRoot)) *data->find(kRoot) = *root;
  }
}

void erase_data_paths(core::Value& cell) {
  for (const std::string_view folder : kFolders) {
    if (core::Value* const data = map_at(cell, folder))
      std::erase_if(data->map(), [](const auto& member) { return member.first == kRoot; });
  }
}

}  // namespace experiments

#include "experiments/text/key_path.h"

#include <algorithm>

namespace experiments {

std::string_view inside(std::string_view key, std::string_view path) {
  if (path.size() < key.size() + 2 || !path.starts_with(key) || path[key.size()] != '.') return {};
  return path.substr(key.size() + 1);
}

bool says(const core::Value& value, std::string_view path) {
  if (value.is_null()) return false;
  const core::Value map = value.named();
  if (!map.is_map()) return true;
  const std::size_t dot = path.find('.');
  const core::Value* member = map.find(path.substr(0, dot));
  if (!member) return false;
  return dot == std::string_view::npos || says(*member, path.substr(dot + 1));
}

std::size_t depth(std::string_view path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '.')) + 1;
}

}  // namespace experiments

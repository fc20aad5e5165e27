#include "core/config/nearest_path.h"

#include <algorithm>

#include "core/error.h"

namespace core {
namespace {

std::string_view last_key(std::string_view path) { return path.substr(path.rfind('.') + 1); }

/// Keys that two paths have in common from their beginning.
std::ptrdiff_t shared_keys(std::string_view a, std::string_view b) {
  const std::size_t both = std::min(a.size(), b.size());
  const auto differ =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin());
  return std::count(a.begin(), differ.first, '.');
}

}  // namespace

std::string nearest_path(std::string_view path, const std::vector<std::string>& known) {
  std::vector<std::string> ends;
  for (const std::string& candidate : known) ends.emplace_back(last_key(candidate));
  const bool there = std::find(ends.begin(), ends.end(), last_key(path)) != ends.end();
  const std::string end = there ? std::string(last_key(path)) : nearest(last_key(path), ends);
  const std::string* best = nullptr;
  const auto better = [&](const std::string& a, const std::string& b) {
    const std::ptrdiff_t in_a = shared_keys(path, a), in_b = shared_keys(path, b);
    if (in_a != in_b) return in_a > in_b;
    return std::count(a.begin(), a.end(), '.') < std::count(b.begin(), b.end(), '.');
  };
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (ends[i] == end && known[i] != path && (!best || better(known[i], *best))) best = &known[i];
  }
  return best ? *best : "";
}

}  // namespace core

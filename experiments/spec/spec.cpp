#include "experiments/spec/spec.h"

#include <algorithm>
#include <set>

namespace experiments {

std::vector<std::string> Spec::keys() const {
  std::vector<std::string> out;
  std::set<std::string> seen;
  const auto add = [&](const std::string& key) {
    if (seen.insert(key).second) out.push_back(key);
  };
  for (const Axis& axis : axes) std::for_each(axis.keys.begin(), axis.keys.end(), add);
  for (const Match& match : include) {
    for (const auto& [key, value] : match) add(key);
  }
  if (!vary.empty()) add(std::string(kVary));
  for (const SweptKey& swept : sweep.keys) add(swept.key);
  return out;
}

std::string vary_label(const Match& changes) {
  std::string label;
  for (const auto& [key, value] : changes)
    label += (label.empty() ? "" : ", ") + key + "=" +
             (value.is_map() && value.map().size() > 1 ? value.str() : label_of(value));
  return label.empty() ? "base" : label;
}

}  // namespace experiments

#include "experiments/text/key_order.h"

#include <algorithm>

namespace experiments {

core::Value in_key_order(core::Value v) {
  if (v.is_map()) {
    std::sort(v.map().begin(), v.map().end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [key, value] : v.map()) value = in_key_order(std::move(value));
  } else if (v.is_list()) {
    for (core::Value& value : v.list()) value = in_key_order(std::move(value));
  }
  return v;
}

}  // namespace experiments

// Dotted paths of keys against values: which path lies inside which, and whether a value decides
// what stands at a path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/config/value.h"

namespace experiments {

/// What `path` adds to `key`: "weights" for model.weights and model; empty unless it lies inside.
std::string_view inside(std::string_view key, std::string_view path);

/// Whether `value`, laid over something else, decides what stands at `path` in it: it has the
/// member, or is no map that could be without it.  A plain name s is {name: s}; null says nothing.
bool says(const core::Value& value, std::string_view path);

/// Calls fn(path, leaf) for everything in a map that is no map itself.
template <class Fn>
void each_leaf(const core::Value& map, const std::string& path, const Fn& fn) {
  for (const auto& [key, value] : map.map()) {
    const std::string own = path.empty() ? key : path + "." + key;
    if (value.is_map() && !value.map().empty())
      each_leaf(value, own, fn);
    else
      fn(own, value);
  }
}

/// The number of keys on the way, from 1.
std::size_t depth(std::string_view path);

}  // namespace experiments

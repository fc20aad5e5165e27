// Grid: the cells of a Spec as points, before anything is loaded.
//
// Pure: the same Spec gives the same points in the same order (axes as written, the last one
// fastest, then the includes); a sweep makes every point several, one for each of its values.  A
// point's tree is preset of its method < base < its choices; settings that a method has "by
// definition" (round to nearest learns nothing) stay, so that a base may speak to all methods.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/value.h"
#include "experiments/spec/spec.h"

namespace experiments {

struct Point {
  std::vector<std::pair<std::string, Choice>>
      choices;                          // in order of Spec::keys(); absent keys left out
  core::Value tree;                     // preset < base < choices
  std::vector<std::string> overridden;  // keys of the preset that base or choices changed

  /// Label of `key`, or nullptr.
  const std::string* label(std::string_view key) const;
};

/// throws: ConfigError for an unknown method, more than a million cells, or a grid that leaves
/// none.
std::vector<Point> expand(const Spec& spec);

}  // namespace experiments

// Grid: the cells of a Spec as points, before anything is loaded; and filters over them.
//
// Pure: the same Spec gives the same points in the same order (axes as written, the last one
// fastest, then the includes); a sweep makes every point several, one for each of its values.  A
// point's tree is preset of its method < base < its choices; settings that a method has "by
// definition" (round to nearest learns nothing) stay, so that a base may speak to all methods.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/value.h"
#include "experiments/spec.h"

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

/// Conditions over points: "method=brecq,quant.weight.bits<4".  Operators = != < <= > >=; a value
/// may be a set in braces: "method={rtn,brecq}".  A key is an axis of the grid or a path of the
/// configuration.
class Filter {
 public:
  /// throws: ConfigError for a malformed condition.  An empty text lets everything through.
  explicit Filter(const std::string& text = "");
  /// throws: ConfigError when a condition names neither an axis nor a key of the point.
  bool operator()(const Point& point) const;

 private:
  struct Condition {
    std::string text, key, op;
    std::vector<core::Value> values;
  };
  std::vector<Condition> conditions_;
};

}  // namespace experiments

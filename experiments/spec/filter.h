// Filter: conditions that choose some of the cells of a grid.
#pragma once

#include <string>
#include <vector>

#include "core/config/value.h"
#include "experiments/spec/expand.h"

namespace experiments {

/// Conditions over points: "method=brecq,quant.weight.bits<4".  Operators = != < <= > >=; a value
/// may be a set in braces: "method={rtn,brecq}".  A key is an axis of the grid or a path of the
/// configuration.
class Filter {
 public:
  /// throws: ConfigError for a malformed condition.  An empty text lets everything through.
  explicit Filter(const std::string& text = "");
  /// throws: ConfigError when a condition names neither an axis nor a key of the point.
  bool operator()(const Point& point) const;
  /// throws: InputError when no point is let through, with the values that its keys have.
  void require_match(const std::vector<Point>& points) const;

 private:
  struct Condition {
    std::string text, key, op;
    std::vector<core::Value> values;
  };
  /// What a point has for a condition.  throws: ConfigError when it has no such key.
  static Choice found(const Condition& c, const Point& point);

  std::string text_;
  std::vector<Condition> conditions_;
};

}  // namespace experiments

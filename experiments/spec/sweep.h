// Sweep: keys whose value every cell of a grid chooses for itself, from one list for all of them.
//
//   sweep:
//     learn.optimizer.lr: log(1e-5, 1e1, 7)   # or lin(a, b, n), or a list of values
//     choose_by: calibration                  # or validation
// A cell is computed once for each value (each combination, with several keys).  What is reported
// is the value that did best on `choose_by`: the calibration loss, or the accuracy on the
// validation split of the data, measured by cells of such a sweep.  The test images never decide.
// Every cell has the same values, so budgets are equal.  source: methods, fairness of optimisers
// and leakage.
#pragma once

#include <string>
#include <vector>

#include "core/config/value.h"

namespace experiments {

struct SweptKey {
  std::string key;                  // "learn.optimizer.lr"
  std::string form;                 // as written: "log(1e-5, 1e1, 7)", "[0.1, 0.3]"
  std::vector<std::string> labels;  // of the values, in order
  std::vector<core::Value> values;

  /// The smallest or the largest of numeric values: the best value may lie outside.
  bool at_edge(const std::string& label) const;
};

struct Sweep {
  std::vector<SweptKey> keys;
  std::string choose_by = "calibration";

  bool empty() const { return keys.empty(); }
  const SweptKey* find(const std::string& key) const;
  bool by_validation() const { return choose_by == "validation"; }
};

/// Reads the member `sweep` of an experiment file; null gives an empty sweep.
/// throws: ConfigError (position, what is allowed), also for a key whose values change what the
/// calibration loss measures while that loss is to choose.
Sweep read_sweep(const core::Value& value);

/// The values of "log(a, b, n)", "lin(a, b, n)" or a list.  Ends are exact; points between them are
/// rounded to 12 digits, and are integers where both ends and all points are.
/// throws: ConfigError.
std::vector<core::Value> swept_values(const std::string& key, const core::Value& value);

}  // namespace experiments

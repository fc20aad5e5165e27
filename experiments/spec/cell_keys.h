// CellKeys: the keys of a cell that belong to no floor below, and the declarations of all its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/params.h"
#include "data/dataset.h"

namespace experiments {

/// How accuracy is measured.
struct EvalOptions {
  data::Split split = data::Split::test;
  std::int64_t batch = 100;  // small enough that the activations of a block stay in the cache
  std::int64_t count = 0;    // first images only; 0: all
};

struct CellKeys {
  std::string method;
  std::int64_t seed;
  EvalOptions eval;
  bool validate = false;
  std::int64_t val_count = 0;

  /// Reads `method`, `seed` and `eval`.  throws: ConfigError.
  explicit CellKeys(core::Params& cell);
  /// What choices are made on.
  EvalOptions validation() const {
    return {.split = data::Split::val, .batch = eval.batch, .count = val_count};
  }
};

/// The keys of `model` beside those of the architecture.
struct WeightKeys {
  std::optional<std::string> weights;  // file; none: random weights
  std::int64_t init_seed;

  /// throws: ConfigError.
  explicit WeightKeys(core::Params& model);
};

/// Declarations of every key of a cell, for `schema` and for hints.
std::vector<core::Declared> describe_cell();

}  // namespace experiments

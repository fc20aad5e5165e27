// Schema: every key that a cell understands, as declared by the code that reads it.
//
// The keys of a cell come from building one that records what it is asked for; the options of each
// strategy (a model, a loss, an optimizer) from building that strategy.  Nothing is listed by hand.
#pragma once

#include <string>
#include <vector>

#include "core/params.h"

namespace experiments {

/// Options of one strategy beside its `name`; strategies with the same options share an entry.
struct StrategyOptions {
  std::string key;                 // "learn.loss"
  std::vector<std::string> names;  // {"lp"}
  std::vector<core::Declared> options;
};

/// Keys with their defaults, strategies standing at their default.  Maps themselves are left out.
std::vector<core::Declared> cell_keys();
/// Every registered strategy that has options, by the key under which it is chosen.
std::vector<StrategyOptions> strategy_options();

}  // namespace experiments

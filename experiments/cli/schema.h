// Schema: every key that a cell understands, as declared by the code that reads it.
//
// The keys of a cell come from building one that records what it is asked for; the options of each
// strategy (a model, a loss, an optimizer) from building that strategy; those of an experiment file
// from reading one.  Nothing is listed by hand.  `schema` prints them, docs/config.md holds them.
#pragma once

#include <string>
#include <vector>

#include "core/config/params.h"

namespace experiments {

/// Options of one strategy beside its `name`; strategies with the same options share an entry.
struct StrategyOptions {
  std::string key;                // "learn.loss"
  std::vector<std::string> also;  // {"learn_act.loss"}: other keys that choose among the same names
  std::vector<std::string> names;  // {"lp"}
  std::vector<core::Declared> options;
};

/// Keys with their defaults, strategies standing at their default.  Maps themselves are left out.
std::vector<core::Declared> cell_keys();
/// Every registered strategy that has options, by the key under which it is chosen.
std::vector<StrategyOptions> strategy_options();

/// What a key takes, never empty: "l1 | l2", "2..8", "any finite real".
std::string allowed_text(const core::Declared& declared);

/// docs/config.md.
std::string schema_markdown();

}  // namespace experiments

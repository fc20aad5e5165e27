#include "experiments/cell/remembered_scores.h"

#include <set>

#include "experiments/text/json.h"
#include "experiments/text/scalar.h"

namespace experiments {

RememberedScores::RememberedScores(std::unique_ptr<quant::Importance> importance, ScoreMemo& memo,
                                   std::string key)
    : importance_(std::move(importance)), memo_(memo), key_(std::move(key)) {}

quant::ImportanceScores RememberedScores::operator()(const quant::ImportanceInputs& in) const {
  const auto found = memo_.find(key_);
  if (found != memo_.end()) return found->second;
  return memo_.emplace(key_, (*importance_)(in)).first->second;
}

double RememberedScores::passes(std::size_t weights, std::size_t candidates) const {
  return importance_->passes(weights, candidates);
}

std::string score_key(const core::Value& config) {
  static const std::set<std::string> spent_with{"budget",   "allocator",   "unit",
                                                "reversed", "count_edges", "tie"};
  core::Value::Map parts;
  for (const char* path : {"precision", "quant.weight", "quant.first_last", "seed"}) {
    if (const core::Value* value = config.find_path(path)) parts.emplace_back(path, *value);
  }
  if (const core::Value* allocate = config.find_path("quant.allocate")) {
    core::Value::Map own;
    for (const auto& [key, value] : allocate->map()) {
      if (!spent_with.contains(key)) own.emplace_back(key, value);
    }
    parts.emplace_back("allocate", core::Value(std::move(own)));
  }
  return json_text(core::Value(std::move(parts)));
}

}  // namespace experiments

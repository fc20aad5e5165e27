// RememberedScores: importance scores that cells share.
//
// Scores depend on the network, the calibration images and how weights are rounded, not on the
// budget, the allocator or what is learned afterwards: cells along a curve of budgets ask for the
// same ones.  The memo belongs to the caller and cannot change a result.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/config/value.h"
#include "quant/importance/importance.h"

namespace experiments {

using ScoreMemo = std::map<std::string, quant::ImportanceScores>;

class RememberedScores final : public quant::Importance {
 public:
  /// memo: outlives the object.  key: equal for equal scores alone.
  RememberedScores(std::unique_ptr<quant::Importance> importance, ScoreMemo& memo, std::string key);
  quant::ImportanceScores operator()(const quant::ImportanceInputs& in) const override;
  double passes(std::size_t weights, std::size_t candidates) const override;

 private:
  std::unique_ptr<quant::Importance> importance_;
  ScoreMemo& memo_;
  std::string key_;
};

/// What of a resolved configuration scores depend on, beside the network, the data set and the
/// images that were drawn.
std::string score_key(const core::Value& config);

}  // namespace experiments

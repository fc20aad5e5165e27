// Patience: ends the loop of a unit once the codes of its learners no longer change.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quant/learn/learner.h"

namespace quant {

class Patience {
 public:
  /// steps: without a change, after which the loop is over; 0: never.
  explicit Patience(std::int64_t steps) : steps_(steps) {}

  /// After step `step`; looks at the codes every 25 steps.
  bool is_over(std::int64_t step, std::span<Learner* const> learners);

 private:
  bool same(const std::vector<core::Tensor>& now) const;

  std::int64_t steps_, changed_at_ = 0;
  std::vector<core::Tensor> codes_;  // when they were last looked at
};

}  // namespace quant

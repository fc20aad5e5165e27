// The values of a unit's learners as a whole, and the best of those that a loop went through.
//
// best: the hard loss of the unit (what would be baked, on the rows of the log) is measured before
// the first step, every `snapshot_every` steps and after the last; the cost is a forward of at most
// kLogRows samples each time, and the start is among the candidates.  best_batch: the loss of every
// step's own batch, as AutoRound does; free, but noisy.  Neither looks at other data than the unit
// learns from.  Of equals the first stays.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "quant/learn/learner.h"
#include "quant/learn/objective.h"

namespace quant {

/// What each learner knows, in their order.
using LearnerStates = std::vector<std::vector<core::Tensor>>;
LearnerStates states_of(std::span<Learner* const> learners);
void restore_states(std::span<Learner* const> learners, const LearnerStates& states);
/// Puts what would stay into the pass.
void place_all(std::span<Learner* const> learners, QuantPass& pass);

/// One unit's search for its best values; does nothing unless the recipe asks for it.
class BestValues {
 public:
  /// All must outlive it.
  BestValues(const Objective& objective, std::span<Learner* const> learners)
      : objective_(objective), learners_(learners) {}

  /// Before step `step`: measures when it is due.
  void before(std::int64_t step);
  /// The loss of a batch at the values that stand now.
  void batch(double loss);
  /// After the last step: back to the best values.
  void finish();

 private:
  void offer(double loss);
  void measure();

  const Objective& objective_;
  std::span<Learner* const> learners_;
  double loss_ = std::numeric_limits<double>::infinity();
  LearnerStates states_;  // of loss_; empty before the first finite loss
};

}  // namespace quant

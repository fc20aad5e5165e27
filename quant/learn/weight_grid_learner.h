// WeightGridLearner: learns what the roundings of a unit stand on: steps, zero points, levels or the
// ends of ranges.
//
// It belongs to a RoundingLearner, which binds and places it before its own tensors.
#pragma once

#include "quant/learn/learner.h"

namespace quant {

/// Step, zero point and warp of one weight: this step's variables after `bind`, plain values after
/// `place`.  Empty: as the weight's own quantiser.  Zero points are whole numbers in value.
struct LearnedGrid {
  std::optional<autograd::Variable> scale = {}, zero = {}, warp = {};
};

class WeightGridLearner : public Learner {
 public:
  /// What weight i stands on; stays where it is.
  virtual const LearnedGrid& grid(std::size_t i) const = 0;
  /// Leaves the pass to the roundings: only sets plain values.
  void place(QuantPass&) final { settle(); }
  /// Puts plain values into the grids.
  virtual void settle() = 0;
};

}  // namespace quant

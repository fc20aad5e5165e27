// UnitLearners: all that one unit learns at a time, in the order in which the loop needs it.
//
// What a recipe leaves off is absent.  Learners that give a grid to the roundings stand before
// them. Everything named in the constructor outlives it.
#pragma once

#include <optional>
#include <vector>

#include "core/rng.h"
#include "quant/learn/grid_learner.h"
#include "quant/learn/parameter_learner.h"
#include "quant/learn/range_learner.h"
#include "quant/learn/rounding_learner.h"
#include "quant/learn/step_learner.h"
#include "quant/walk/walk.h"

namespace quant {

class UnitLearners {
 public:
  /// weights: one a parameter of `work`.  starts: of the recipe's Selection, one a weight.  rng: of
  /// this unit.
  UnitLearners(const LearnWeights& learn, const Work& work,
               const std::vector<const QuantisedWeight*>& weights,
               const std::vector<core::Tensor>& starts, const core::Rng& rng);
  /// Activation quantisers that learn in the same loop.
  void add_steps(const LearnActs& learn, std::vector<SiteId> sites, const QuantPass& pass);

  std::vector<Learner*> all();
  RoundingLearner& rounding() { return *rounding_; }

 private:
  std::optional<GridLearner> grids_;
  std::optional<RangeLearner> ranges_;
  std::optional<RoundingLearner> rounding_;
  std::optional<StepLearner> steps_;
  std::optional<ParameterLearner> biases_, norms_;
};

}  // namespace quant

// UnitLearners: all that one unit learns at a time.  What a recipe leaves off is absent.
#pragma once

#include <optional>
#include <vector>

#include "core/rng.h"
#include "quant/learn/parameter_learner.h"
#include "quant/learn/rounding_learner.h"
#include "quant/learn/step_learner.h"
#include "quant/learn/unit.h"

namespace quant {

class UnitLearners {
 public:
  /// weights: one a parameter of `unit`.  starts: of the recipe's Selection, one a weight.  rng: of
  /// this unit.  All but the starts must outlive it.
  UnitLearners(const LearnWeights& learn, const Unit& unit,
               const std::vector<const QuantisedWeight*>& weights,
               const std::vector<core::Tensor>& starts, const core::Rng& rng);
  /// Activation quantisers that learn in the same loop.
  void add_steps(const LearnActs& learn, std::vector<SiteId> sites, const QuantPass& pass);

  std::vector<Learner*> all();
  RoundingLearner& rounding() { return *rounding_; }

 private:
  std::optional<RoundingLearner> rounding_;
  std::optional<StepLearner> steps_;
  std::optional<ParameterLearner> biases_, norms_;
};

}  // namespace quant

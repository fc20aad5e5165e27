// Steps, zero points and level parameters of the weight quantisers of one unit as a Learner, beside
// the roundings.
//
// The learner must stand before the RoundingLearner whose items point to its grids.  A step is
// s0 e^u with u learned from 0: it stays positive, and a learning rate is relative to the step.  A
// zero point is learned as a real number and used rounded (straight through), inside the codes.
// The exponent of a power grid, or the levels of a codebook, are learned as they are and brought
// back to what is allowed after every step (Levels::kept: an exponent in [0.2, 1.5], levels that
// increase).  The gradient of a level is the sum of those of its members.
// source: FlexRound (ln s), AdaQuant (weight range and offset), LSQ and LSQ+ (gradients), NUPES
// (exponent); gradient of the levels: own derivation.
#pragma once

#include <memory>
#include <string>

#include "nn/optim/paced_optimizer.h"
#include "quant/learn/learner.h"
#include "quant/learn/rounding_learner.h"
#include "quant/recipe/recipe.h"

namespace quant {

class GridLearner final : public Learner {
 public:
  /// The weights outlive the learner.
  GridLearner(const LearnWeights& recipe, const std::vector<const QuantisedWeight*>& weights);

  /// What the items of the RoundingLearner point to; one a weight, stays where it is.
  const LearnedGrid* grid(std::size_t i) const { return &grids_[i]; }

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override;
  /// Leaves the pass to the roundings that stand on the grids: only settles.
  void place(QuantPass& pass) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;

  /// Puts plain values into the grids: before `place_soft` and `codes` of the RoundingLearner.
  void settle();

 private:
  struct Group {
    std::vector<core::Tensor> values;  // u, z or warp, one a weight; empty when the group is off
    std::optional<nn::PacedOptimizer> optimizer;  // empty when the group is off
  };
  static Group make_group(const LearnGroup& recipe, std::vector<core::Tensor> start);
  void set_grids(bool learning, std::vector<autograd::Variable>* wrt);

  std::vector<const QuantisedWeight*> weights_;
  Group scale_, zero_, warp_;
  double warp_clip_;  // of its gradients; 0 = none
  std::vector<LearnedGrid> grids_;
};

}  // namespace quant

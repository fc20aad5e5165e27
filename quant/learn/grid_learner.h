// Steps, zero points and level parameters of the weight quantisers of one unit as a Learner, beside
// the roundings.
//
// A step is s0 e^u with u learned from 0: it stays positive, and a learning rate is relative to the
// step.  A zero point is learned as a real number and used rounded (straight through), inside the codes.
// The exponent of a power grid, or the levels of a codebook, are learned as they are and brought
// back to what is allowed after every step (Levels::kept: an exponent in [0.2, 1.5], levels that
// increase).  The gradient of a level is the sum of those of its members.
// source: FlexRound (ln s), AdaQuant (weight range and offset), LSQ and LSQ+ (gradients), NUPES
// (exponent); gradient of the levels: own derivation.
#pragma once

#include <vector>

#include "quant/grid/levels.h"
#include "quant/grid/quantised_weight.h"
#include "quant/learn/tensor_group.h"
#include "quant/learn/weight_grid_learner.h"

namespace quant {

class GridLearner final : public WeightGridLearner {
 public:
  /// The weights outlive the learner.
  GridLearner(const LearnWeights& recipe, const std::vector<const QuantisedWeight*>& weights);

  const LearnedGrid& grid(std::size_t i) const override { return grids_[i]; }
  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;
  void settle() override { set_grids(false, nullptr); }

 private:
  void set_grids(bool learning, std::vector<autograd::Variable>* wrt);
  const Levels* levels(std::size_t warp) const { return weights_[bent_[warp]]->grid.levels; }

  std::vector<const QuantisedWeight*> weights_;
  std::vector<std::size_t> bent_;    // weights on a grid with levels
  TensorGroup scale_, zero_, warp_;  // u and z, one a weight; warp, one a bent weight
  double warp_clip_;                 // of its gradients; 0 = none
  std::vector<LearnedGrid> grids_;
};

}  // namespace quant

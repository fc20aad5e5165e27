// The ends of the ranges of the weight quantisers of one unit as a Learner, beside the roundings.
//
// Two factors an entry, alpha on the upper and beta on the lower end of the range that belongs to
// the frozen step and zero point (s0 (qmin - z0) to s0 (qmax - z0), whatever chose it); both start
// at 1 and stay in [0, 1].  Step and zero point follow from them at every step, the zero point
// rounded straight through.  Symmetric grids have one factor, on both ends.  The learner must stand
// before the RoundingLearner whose items point to its grids.
// source: Cheng et al. 2023 (SignRound), AutoRound code.
#pragma once

#include <memory>

#include "nn/optim/paced_optimizer.h"
#include "quant/learn/learner.h"
#include "quant/learn/rounding_learner.h"
#include "quant/recipe/recipe.h"

namespace quant {

/// A range keeps at least this share of its width, so that its step stays positive.
inline constexpr double kSmallestRange = 1e-3;

/// With r = (alpha (qmax - z0) - beta (qmin - z0)) / (qmax - qmin): s = s0 r and z =
/// clip(round(qmin
/// - beta (qmin - z0) / r), qmin, qmax).  At 1 both are those of `weight`, bit for bit.
/// shapes: factors as weight.q.scale: alpha, beta, or alpha alone on a symmetric grid.
LearnedGrid grid_of_range(const QuantisedWeight& weight,
                          std::span<const autograd::Variable> factors);

class RangeLearner final : public Learner {
 public:
  /// The weights outlive the learner.
  RangeLearner(const LearnGroup& recipe, std::vector<const QuantisedWeight*> weights);

  /// What the items of the RoundingLearner point to; one a weight, stays where it is.
  const LearnedGrid* grid(std::size_t i) const { return &grids_[i]; }

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override;
  /// Plain values into the grids; the weights are the roundings' to place.
  void place(QuantPass& pass) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;

 private:
  void set_grids(std::vector<autograd::Variable>* wrt);

  std::vector<const QuantisedWeight*> weights_;
  std::vector<core::Tensor> factors_;  // per weight alpha, then beta unless symmetric
  std::vector<LearnedGrid> grids_;
  nn::PacedOptimizer optimizer_;
};

}  // namespace quant

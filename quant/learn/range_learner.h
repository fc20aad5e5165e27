// The ends of the ranges of the weight quantisers of one unit as a Learner, beside the roundings.
//
// Two factors an entry, alpha on the upper and beta on the lower end of the range that belongs to
// the frozen step and zero point (s0 (qmin - z0) to s0 (qmax - z0), whatever chose it); both start
// at 1 and stay in [0, 1].  Step and zero point follow from them at every step, the zero point
// rounded straight through.  Symmetric grids have one factor, on both ends.
// source: Cheng et al. 2023 (SignRound), AutoRound code.
#pragma once

#include <span>
#include <vector>

#include "quant/grid/quantised_weight.h"
#include "quant/learn/tensor_group.h"
#include "quant/learn/weight_grid_learner.h"

namespace quant {

/// A range keeps at least this share of its width, so that its step stays positive.
inline constexpr double kSmallestRange = 1e-3;

/// With r = (alpha (qmax - z0) - beta (qmin - z0)) / (qmax - qmin): s = s0 r and
/// z = clip(round(qmin - beta (qmin - z0) / r), qmin, qmax).  At 1 both are those of `weight`, bit
/// for bit.
/// shapes: factors as weight.q.scale: alpha, beta, or alpha alone on a symmetric grid.
LearnedGrid grid_of_range(const QuantisedWeight& weight,
                          std::span<const autograd::Variable> factors);

class RangeLearner final : public WeightGridLearner {
 public:
  /// The weights outlive the learner.
  RangeLearner(const LearnGroup& recipe, std::vector<const QuantisedWeight*> weights);

  const LearnedGrid& grid(std::size_t i) const override { return grids_[i]; }
  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override { factors_.observe(loss); }
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;
  void settle() override { set_grids(nullptr); }

 private:
  void set_grids(std::vector<autograd::Variable>* wrt);

  std::vector<const QuantisedWeight*> weights_;
  TensorGroup factors_;  // per weight alpha, then beta unless symmetric
  std::vector<LearnedGrid> grids_;
};

}  // namespace quant

// The steps of the activation quantisers of one unit as a Learner (LSQ, zero points fixed).
//
// A step stays positive: after every update it is |s|, at least FLT_EPSILON.
// source: Esser et al. 2020 (LSQ); BRECQ, QDrop.
#pragma once

#include <memory>

#include "quant/learner.h"
#include "quant/recipe.h"

namespace quant {

class StepLearner final : public Learner {
 public:
  /// The sites must have quantisers in `pass`.
  StepLearner(const LearnActs& recipe, std::vector<SiteId> sites, const QuantPass& pass);

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  std::optional<autograd::Variable> penalty(std::int64_t step, std::int64_t total) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;

  /// Puts the learned steps into the pass, without gradients.
  void place(QuantPass& pass) const;

 private:
  void set(QuantPass& pass, std::size_t i, autograd::Variable scale) const;

  const LearnActs& recipe_;
  std::vector<SiteId> sites_;
  std::vector<ActQuantiser> start_;
  std::vector<core::Tensor> scales_;
  std::unique_ptr<nn::Optimizer> optimizer_;
};

}  // namespace quant

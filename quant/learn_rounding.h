// The roundings of the weights of one unit as a Learner.
//
// Each weight keeps its frozen quantiser; the variable strategy turns the learned tensors into a
// soft weight, which stands in the pass while the unit runs.  At the end `codes` gives the hard
// decision.
#pragma once

#include <memory>
#include <string>

#include "quant/learner.h"
#include "quant/recipe.h"

namespace quant {

class RoundingLearner final : public Learner {
 public:
  struct Item {
    std::string parameter;          // path
    const QuantisedWeight* weight;  // outlives the learner
  };
  RoundingLearner(const LearnWeights& recipe, std::vector<Item> items);

  void bind(QuantPass& pass, std::vector<autograd::Variable>& wrt) override;
  std::optional<autograd::Variable> penalty(std::int64_t step, std::int64_t total) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;

  /// Puts the soft weights into the pass, without gradients.
  void place_soft(QuantPass& pass) const;
  /// Hard codes of each item.
  std::vector<core::Tensor> codes() const;
  /// Share of weights whose h lies in (0.05, 0.95); 0 for variables without h.
  double undecided() const;

 private:
  void bind_fused(QuantPass& pass, std::vector<autograd::Variable>& wrt);
  void update_fused(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total);

  const LearnWeights& recipe_;
  std::vector<Item> items_;
  std::vector<std::vector<core::Tensor>> learned_;  // one list an item
  std::vector<autograd::Variable> h_;               // of this step
  std::unique_ptr<nn::Optimizer> optimizer_;
  bool fused_;
};

}  // namespace quant

// The roundings of the weights of one unit as a Learner.
//
// Each weight keeps its frozen quantiser; the variable strategy turns the learned tensors into a
// soft weight, which stands in the pass while the unit runs.  Weights that a selection leaves out
// stand at round to nearest; weights that the regulariser declares decided stop moving.  At the end
// `codes` gives the hard decision.  What the roundings stand on may be learned beside them, by a
// WeightGridLearner of their own.
#pragma once

#include <memory>
#include <string>

#include "nn/optim/paced_optimizer.h"
#include "quant/grid/quantised_weight.h"
#include "quant/learn/weight_grid_learner.h"
#include "quant/recipe/learn_recipe.h"

namespace quant {

class RoundingLearner final : public Learner {
 public:
  struct Item {
    std::string parameter;                  // path
    const QuantisedWeight* weight;          // outlives the learner
    std::optional<core::Tensor> mask = {};  // of a Selection; none: every weight learns
  };
  /// rng: of this unit; every weight and step gets its own stream, for variables with noise.
  /// grids: of the items, in their order; none: each stands on its frozen quantiser.
  RoundingLearner(const LearnWeights& recipe, std::vector<Item> items, core::Rng rng,
                  std::unique_ptr<WeightGridLearner> grids = nullptr);

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  std::optional<autograd::Variable> penalty(std::int64_t step, std::int64_t total) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override;
  void place(QuantPass& pass) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;

  /// Puts the soft weights into the pass, without gradients and without noise.
  void place_soft(QuantPass& pass) const;
  /// Hard codes of each item.
  std::vector<core::Tensor> codes() const override;
  /// What the codes of each item stand on: its frozen quantiser or the learned values.
  std::vector<QParams> grids() const;
  /// Share of weights whose h lies in (0.05, 0.95); 0 for variables without h.
  double undecided() const;

 private:
  /// The learned values of decided weights of one item, which no update changes.
  struct Held {
    std::vector<std::uint8_t> decided;  // one a weight
    std::vector<core::Tensor> values;
  };

  Softening softening(std::size_t i, bool noise) const;
  Softened soften(std::size_t i, std::span<const autograd::Variable> learned, bool noise) const;
  Softened soften_without_gradient(std::size_t i) const;
  core::Tensor soften_fused(std::size_t i) const;
  std::vector<core::Tensor> gradient_fused(std::size_t i, const core::Tensor& d_soft,
                                           const Pull& pull) const;
  void hold_decided(double threshold);
  void restore_held();

  const LearnWeights& recipe_;
  std::vector<Item> items_;
  core::Rng rng_;
  std::unique_ptr<WeightGridLearner> grids_;
  std::size_t grid_variables_ = 0;                  // of the last bind
  std::vector<std::vector<core::Tensor>> learned_;  // one list an item
  std::vector<core::Tensor> nearest_;               // round(W/s) of items with a mask
  std::vector<Held> held_;                          // one an item, once a weight is decided
  std::vector<autograd::Variable> h_;               // of this step
  nn::PacedOptimizer optimizer_;
  bool fused_;
  std::int64_t step_ = 0;  // of the last bind
  double progress_ = 0;    // share of the steps that are done
};

}  // namespace quant

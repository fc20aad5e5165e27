// The steps of the activation quantisers of one unit as a Learner (LSQ), and with `a_zero` their
// zero points too (LSQ+).
//
// A step stays positive: after every update it is |s|, at least FLT_EPSILON of its start.  A zero
// point is learned as a real number in codes and used rounded (straight through), inside the codes.
// source: Esser et al. 2020 (LSQ); BRECQ, QDrop; Bhalgat et al. 2020 (LSQ+).
// deviation: the offset of LSQ+ is a real number in units of the activation; ours is a whole code,
// so that codes stay integers.
#pragma once

#include <optional>
#include <vector>

#include "quant/learn/learner.h"
#include "quant/learn/tensor_group.h"

namespace quant {

class StepLearner final : public Learner {
 public:
  /// The sites must have quantisers in `pass`.
  StepLearner(const LearnActs& recipe, std::vector<SiteId> sites, const QuantPass& pass);

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override;
  void place(QuantPass& pass) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;

 private:
  void set(QuantPass& pass, std::size_t i, autograd::Variable scale,
           std::optional<autograd::Variable> zero) const;
  autograd::Variable whole_zero(std::size_t i, const autograd::Variable& real) const;

  const LearnActs& recipe_;
  std::vector<SiteId> sites_;
  std::vector<ActQuantiser> start_;
  TensorGroup scales_, zeros_;  // no zeros when they are not learned
};

}  // namespace quant

// Float parameters of one unit that are learned beside its roundings: biases, or the scales and
// shifts of layer norms.
//
// They start at their float values and stay in the pass as learned.  source: AdaQuant (bias, Adam
// 1e-3), MCT (bias, SGD 1e-4).
#pragma once

#include <string>
#include <vector>

#include "quant/learn/learner.h"
#include "quant/learn/tensor_group.h"
#include "quant/learn/unit.h"

namespace quant {

class ParameterLearner final : public Learner {
 public:
  ParameterLearner(const LearnGroup& recipe, const std::vector<NamedTensor>& parameters);

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override { values_.observe(loss); }
  void place(QuantPass& pass) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override { values_.take_from(state); }

 private:
  std::vector<std::string> paths_;
  TensorGroup values_;
};

}  // namespace quant

// Float parameters of one unit that are learned beside its roundings: biases, or the scales and
// shifts of layer norms.
//
// They start at their float values and stay in the pass as learned.  source: AdaQuant (bias, Adam
// 1e-3), MCT (bias, SGD 1e-4).
#pragma once

#include <memory>
#include <string>

#include "nn/optim/paced_optimizer.h"
#include "quant/learn/learner.h"
#include "quant/recipe/recipe.h"

namespace quant {

/// A float parameter by path, as it stands when the unit begins.
struct NamedTensor {
  std::string path;
  core::Tensor value;
};

class ParameterLearner final : public Learner {
 public:
  ParameterLearner(const LearnGroup& recipe, std::vector<NamedTensor> parameters);

  void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
            std::vector<autograd::Variable>& wrt) override;
  void update(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) override;
  void observe(double loss) override;
  void place(QuantPass& pass) override;
  std::vector<core::Tensor> state() const override;
  void restore(std::span<const core::Tensor> state) override;

 private:
  std::vector<NamedTensor> parameters_;
  nn::PacedOptimizer optimizer_;
};

}  // namespace quant

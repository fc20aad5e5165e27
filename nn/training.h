// TrainPass: a training forward over a model: parameters as leaves that want gradients, batch
// statistics, dropout and stochastic depth on.
//
// One pass serves one step.  Its leaves share the storage of the parameters, so release them (and
// drop the loss, whose graph holds them too) before an optimizer writes; otherwise copy-on-write
// copies every weight.
#pragma once

#include <unordered_map>
#include <vector>

#include "nn/layers/batch_norm2d.h"
#include "nn/model.h"

namespace nn {

class TrainPass final : public Pass {
 public:
  /// `rng` gives the masks of this step: pass a fresh stream a step.
  TrainPass(Model& model, const core::Rng& rng, core::Precision precision);

  autograd::Variable parameter(const Module& module, const Parameter& p) override;
  core::Precision precision() const override { return precision_; }
  bool training() const override { return true; }
  void batch_statistics(const BatchNorm2d& bn, const core::Tensor& mean,
                        const core::Tensor& unbiased_var) override;
  core::Rng mask_rng(const Module& module) override { return rng_.stream(module.path()); }

  /// The tensors behind the leaves, in state-dict order.
  const std::vector<core::Tensor*>& values() const { return values_; }
  /// d loss / d every parameter, in the order of values().
  std::vector<core::Tensor> gradients(const autograd::Variable& loss) const;
  /// Drops the leaves.
  void release() { leaves_.clear(); }
  /// Writes the collected batch statistics into the running ones.
  void update_statistics();

 private:
  struct Statistics {
    core::Tensor mean, unbiased_var;
  };

  core::Rng rng_;
  core::Precision precision_;
  std::vector<core::Tensor*> values_;
  std::vector<autograd::Variable> leaves_;
  std::unordered_map<const Parameter*, std::size_t> index_;
  std::vector<BatchNorm2d*> norms_;
  std::unordered_map<const BatchNorm2d*, Statistics> statistics_;
};

}  // namespace nn

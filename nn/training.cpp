#include "nn/training.h"

#include "autograd/gradients.h"

namespace nn {

using autograd::Variable;
using core::Tensor;

TrainPass::TrainPass(Model& model, const core::Rng& rng, core::Precision precision)
    : rng_(rng), precision_(precision) {
  for (Parameter* p : parameters(model)) {
    index_.emplace(p, values_.size());
    values_.push_back(&p->value);
    leaves_.emplace_back(p->value, true);
  }
  for (Module* m : modules(model)) {
    if (auto* bn = dynamic_cast<BatchNorm2d*>(m)) norms_.push_back(bn);
  }
}

Variable TrainPass::parameter(const Module& module, const Parameter& p) {
  const auto found = index_.find(&p);
  if (found == index_.end() || leaves_.empty()) {
    throw core::Error(fmt::format("TrainPass: parameter '{}' of {} '{}' is not one of this pass",
                                  p.path, module.type(), module.path()));
  }
  return leaves_[found->second];
}

void TrainPass::batch_statistics(const BatchNorm2d& bn, const Tensor& mean,
                                 const Tensor& unbiased_var) {
  statistics_[&bn] = {mean, unbiased_var};
}

std::vector<Tensor> TrainPass::gradients(const Variable& loss) const {
  return autograd::gradients(loss, leaves_);
}

void TrainPass::update_statistics() {
  for (BatchNorm2d* bn : norms_) {
    const auto found = statistics_.find(bn);
    if (found != statistics_.end()) bn->track(found->second.mean, found->second.unbiased_var);
  }
  statistics_.clear();
}

}  // namespace nn

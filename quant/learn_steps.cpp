#include "quant/learn_steps.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace quant {

using autograd::Variable;
using core::Tensor;

StepLearner::StepLearner(const LearnActs& recipe, std::vector<SiteId> sites, const QuantPass& pass)
    : recipe_(recipe), sites_(std::move(sites)), optimizer_(recipe.optimizer()) {
  for (const SiteId& site : sites_) {
    const ActQuantiser* quantiser = pass.activation(site.path, site.operand);
    if (!quantiser)
      throw core::Error(fmt::format("learn_steps: site {} must have a quantiser", site.str()));
    start_.push_back(*quantiser);
    scales_.push_back(quantiser->scale.value());
  }
}

void StepLearner::set(QuantPass& pass, std::size_t i, Variable scale) const {
  ActQuantiser quantiser = start_[i];
  quantiser.scale = std::move(scale);
  quantiser.scale_gradient = recipe_.scale_gradient;
  pass.set_activation(sites_[i], std::move(quantiser));
}

void StepLearner::bind(QuantPass& pass, std::int64_t, std::int64_t, std::vector<Variable>& wrt) {
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const Variable scale(scales_[i], true);
    set(pass, i, scale);
    wrt.push_back(scale);
  }
}

std::optional<Variable> StepLearner::penalty(std::int64_t, std::int64_t) { return std::nullopt; }

void StepLearner::update(std::span<const Tensor> grads, std::int64_t step, std::int64_t total) {
  std::vector<Tensor*> values;
  for (Tensor& scale : scales_) values.push_back(&scale);
  optimizer_->step(values, grads, optimizer_->base_lr() * recipe_.schedule->factor(step, total));
  for (Tensor& scale : scales_) {
    for (float& s : scale.writable<float>()) s = std::max(std::abs(s), FLT_EPSILON);
  }
}

void StepLearner::place(QuantPass& pass) const {
  for (std::size_t i = 0; i < sites_.size(); ++i) set(pass, i, Variable(scales_[i]));
}

}  // namespace quant

#include "quant/learn/step_learner.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "autograd/ops/round_ste.h"
#include "quant/variable/on_grid.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

StepLearner::StepLearner(const LearnActs& recipe, std::vector<SiteId> sites, const QuantPass& pass)
    : recipe_(recipe), sites_(std::move(sites)) {
  std::vector<Tensor> scales, zeros;
  for (const SiteId& site : sites_) {
    const ActQuantiser* quantiser = pass.activation(site.path, site.operand);
    if (!quantiser)
      throw core::Error(fmt::format("step_learner: site {} must have a quantiser", site.str()));
    start_.push_back(*quantiser);
    scales.push_back(quantiser->scale.value());
    zeros.push_back(quantiser->zero);
  }
  scales_ = TensorGroup(recipe.optimizer(), *recipe.schedule, std::move(scales));
  if (recipe.a_zero.on) zeros_ = TensorGroup(recipe.a_zero, std::move(zeros));
}

Variable StepLearner::whole_zero(std::size_t i, const Variable& real) const {
  const Grid& grid = start_[i].grid;
  return clip_inward(autograd::round_ste(real), double(grid.qmin()), double(grid.qmax()));
}

void StepLearner::set(QuantPass& pass, std::size_t i, Variable scale,
                      std::optional<Variable> zero) const {
  ActQuantiser quantiser = start_[i];
  quantiser.scale = std::move(scale);
  quantiser.scale_gradient = recipe_.scale_gradient;
  if (zero && zero->requires_grad())
    quantiser.learned_zero = std::move(zero);
  else if (zero)
    quantiser.zero = zero->value();
  pass.set_activation(sites_[i], std::move(quantiser));
}

void StepLearner::bind(QuantPass& pass, std::int64_t, std::int64_t, std::vector<Variable>& wrt) {
  std::vector<Variable> zeros;
  for (std::size_t i = 0; i < zeros_.size(); ++i) zeros.emplace_back(zeros_[i], true);
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const Variable scale(scales_[i], true);
    set(pass, i, scale, zeros.empty() ? std::nullopt : std::optional(whole_zero(i, zeros[i])));
    wrt.push_back(scale);
  }
  wrt.insert(wrt.end(), zeros.begin(), zeros.end());
}

void StepLearner::update(std::span<const Tensor> grads, std::int64_t step, std::int64_t total) {
  scales_.step(grads.first(scales_.size()), step, total);
  zeros_.step(grads.subspan(scales_.size()), step, total);
  for (std::size_t i = 0; i < scales_.size(); ++i) {
    const auto first = start_[i].scale.value().data<float>();
    const auto scale = scales_[i].writable<float>();
    for (std::size_t k = 0; k < scale.size(); ++k)
      scale[k] = std::max(std::abs(scale[k]), FLT_EPSILON * first[k]);
  }
}

void StepLearner::observe(double loss) {
  scales_.observe(loss);
  zeros_.observe(loss);
}

void StepLearner::place(QuantPass& pass) {
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    set(pass, i, Variable(scales_[i]),
        zeros_.empty() ? std::nullopt : std::optional(whole_zero(i, Variable(zeros_[i]))));
  }
}

std::vector<Tensor> StepLearner::state() const {
  std::vector<Tensor> out;
  scales_.append_to(out);
  zeros_.append_to(out);
  return out;
}

void StepLearner::restore(std::span<const Tensor> state) {
  scales_.take_from(state);
  zeros_.take_from(state);
}

}  // namespace quant

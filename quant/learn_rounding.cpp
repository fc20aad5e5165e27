#include "quant/learn_rounding.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

std::vector<Variable> leaves(const std::vector<Tensor>& tensors, bool requires_grad) {
  std::vector<Variable> out;
  for (const Tensor& t : tensors) out.emplace_back(t, requires_grad);
  return out;
}

}  // namespace

RoundingLearner::RoundingLearner(const LearnWeights& recipe, std::vector<Item> items)
    : recipe_(recipe),
      items_(std::move(items)),
      optimizer_(recipe.optimizer()),
      fused_(recipe.fused && recipe.variable->fused() && recipe.regulariser->has_pull()) {
  for (const Item& item : items_) learned_.push_back(recipe_.variable->init(*item.weight));
}

void RoundingLearner::bind(QuantPass& pass, std::vector<Variable>& wrt) {
  if (fused_) return bind_fused(pass, wrt);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const std::vector<Variable> variables = leaves(learned_[i], true);
    Softened soft = recipe_.variable->soften(*items_[i].weight, variables);
    pass.set_parameter(items_[i].parameter, std::move(soft.weight));
    if (soft.h) h_.push_back(std::move(*soft.h));
    wrt.insert(wrt.end(), variables.begin(), variables.end());
  }
}

std::optional<Variable> RoundingLearner::penalty(std::int64_t step, std::int64_t total) {
  if (fused_) return std::nullopt;
  std::optional<Variable> out = (*recipe_.regulariser)(h_, step, total);
  h_.clear();
  return out;
}

void RoundingLearner::update(std::span<const Tensor> grads, std::int64_t step, std::int64_t total) {
  if (fused_) return update_fused(grads, step, total);
  std::vector<Tensor*> values;
  for (std::vector<Tensor>& list : learned_) {
    for (Tensor& t : list) values.push_back(&t);
  }
  optimizer_->step(values, grads, optimizer_->base_lr() * recipe_.schedule->factor(step, total));
}

void RoundingLearner::bind_fused(QuantPass& pass, std::vector<Variable>& wrt) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Variable soft(recipe_.variable->fused()->soften(*items_[i].weight, learned_[i]), true);
    pass.set_parameter(items_[i].parameter, soft);
    wrt.push_back(soft);
  }
}

void RoundingLearner::update_fused(std::span<const Tensor> grads, std::int64_t step,
                                   std::int64_t total) {
  const Pull pull = recipe_.regulariser->pull(step, total);
  std::vector<Tensor> chained;
  std::vector<Tensor*> values;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    chained.push_back(
        recipe_.variable->fused()->gradient(*items_[i].weight, learned_[i], grads[i], pull));
    values.push_back(&learned_[i][0]);
  }
  optimizer_->step(values, chained, optimizer_->base_lr() * recipe_.schedule->factor(step, total));
}

void RoundingLearner::place_soft(QuantPass& pass) const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    pass.set_parameter(
        items_[i].parameter,
        recipe_.variable->soften(*items_[i].weight, leaves(learned_[i], false)).weight);
  }
}

std::vector<Tensor> RoundingLearner::codes() const {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    out.push_back(recipe_.variable->harden(*items_[i].weight, learned_[i]));
  }
  return out;
}

double RoundingLearner::undecided() const {
  std::int64_t open = 0, all = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Softened soft = recipe_.variable->soften(*items_[i].weight, leaves(learned_[i], false));
    if (!soft.h) continue;
    all += soft.h->value().numel();
    for (const float h : soft.h->value().data<float>()) open += h > 0.05f && h < 0.95f;
  }
  return all == 0 ? 0.0 : static_cast<double>(open) / static_cast<double>(all);
}

}  // namespace quant

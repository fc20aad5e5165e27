#include "quant/learn/rounding_learner.h"

#include <algorithm>

#include "autograd/ops/add.h"
#include "autograd/ops/mul.h"
#include "core/kernels/map.h"
#include "quant/grid/codes.h"
#include "quant/grid/level_table.h"
#include "quant/variable/on_grid.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

std::vector<Variable> leaves(const std::vector<Tensor>& tensors, bool requires_grad) {
  std::vector<Variable> out;
  for (const Tensor& t : tensors) out.emplace_back(t, requires_grad);
  return out;
}

/// 1 for the weights that learn at this point and 0 for the others; nothing when all learn.
std::optional<Tensor> chosen(const std::optional<Tensor>& mask, double progress) {
  if (!mask) return std::nullopt;
  Tensor out = Tensor::empty(mask->shape(), mask->dtype());
  bool all = true;
  core::dispatch_float("selection", mask->dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto start = mask->data<T>();
    const auto to = out.writable<T>();
    for (std::size_t i = 0; i < start.size(); ++i) {
      to[i] = static_cast<double>(start[i]) <= progress ? T(1) : T(0);
      all = all && to[i] != T(0);
    }
  });
  return all ? std::nullopt : std::optional(std::move(out));
}

/// Writes `other` (nothing: zeros) into `to` where `mask` is 0.
void overwrite(Tensor& to, const Tensor& mask, const Tensor* other) {
  core::dispatch_float("selection", to.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto keep = mask.data<T>();
    const T* from = other ? other->data<T>().data() : nullptr;
    const auto out = to.writable<T>();
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = keep[i] != T(0) ? out[i] : (from ? from[i] : T(0));
  });
}

/// W_hat of given codes, in whole numbers without the zero point.
Variable at_codes(const Tensor& codes, const QuantisedWeight& weight, const Softening& at) {
  if (!weight.grid.levels) return on_grid(Variable(codes), weight, at, Rounding::none);
  return between_codes(codes, Variable(Tensor::zeros(codes.shape(), codes.dtype())), weight, at);
}

}  // namespace

RoundingLearner::RoundingLearner(const LearnWeights& recipe, std::vector<Item> items, core::Rng rng,
                                 std::unique_ptr<WeightGridLearner> grids)
    : recipe_(recipe),
      items_(std::move(items)),
      rng_(rng),
      grids_(std::move(grids)),
      optimizer_(recipe.optimizer(), *recipe.schedule),
      fused_(recipe.fused && recipe.variable->fused() && recipe.regulariser->has_pull() &&
             !grids_) {
  for (const Item& item : items_) {
    const QuantisedWeight& weight = *item.weight;
    learned_.push_back(recipe_.variable->init(weight));
    fused_ = fused_ && !weight.grid.levels;
    nearest_.emplace_back();
    if (!item.mask) continue;
    core::require("rounding_learner",
                  item.mask->shape() == weight.w.shape() && item.mask->dtype() == weight.w.dtype(),
                  "mask must match the weight; got mask {} {}, weight {} {}", item.mask->dtype(),
                  item.mask->shape(), weight.w.dtype(), weight.w.shape());
    nearest_.back() = core::round(positions(weight.w, weight.q, weight.grid));
  }
}

Softening RoundingLearner::softening(std::size_t i, bool noise) const {
  const Item& item = items_[i];
  Softening at{.progress = progress_};
  if (noise) at.rng = rng_.stream(item.parameter).stream(static_cast<std::uint64_t>(step_));
  if (!grids_) return at;
  const LearnedGrid& grid = grids_->grid(i);
  if (grid.scale) at.scale = &*grid.scale;
  if (grid.zero) at.zero = &*grid.zero;
  if (grid.warp) at.warp = &*grid.warp;
  return at;
}

Softened RoundingLearner::soften(std::size_t i, std::span<const Variable> learned,
                                 bool noise) const {
  const Softening at = softening(i, noise);
  Softened soft = recipe_.variable->soften(*items_[i].weight, learned, at);
  if (const std::optional<Tensor> mask = chosen(items_[i].mask, progress_)) {
    const Variable learns(*mask), rests(core::affine(*mask, -1.0, 1.0));
    const Variable rtn = at_codes(nearest_[i], *items_[i].weight, at);
    soft.weight = autograd::add(autograd::mul(soft.weight, learns), autograd::mul(rtn, rests));
    if (soft.h) soft.h = autograd::mul(*soft.h, learns);  // 0 is decided: no penalty
  }
  return soft;
}

Softened RoundingLearner::soften_without_gradient(std::size_t i) const {
  return soften(i, leaves(learned_[i], false), false);
}

Tensor RoundingLearner::soften_fused(std::size_t i) const {
  const QuantisedWeight& weight = *items_[i].weight;
  Tensor soft = recipe_.variable->fused()->soften(weight, learned_[i], softening(i, true));
  if (const std::optional<Tensor> mask = chosen(items_[i].mask, progress_)) {
    const Tensor rtn = on_grid(Variable(nearest_[i]), weight, {}, Rounding::none).value();
    overwrite(soft, *mask, &rtn);
  }
  return soft;
}

std::vector<Tensor> RoundingLearner::gradient_fused(std::size_t i, const Tensor& d_soft,
                                                    const Pull& pull) const {
  std::vector<Tensor> grads = recipe_.variable->fused()->gradient(*items_[i].weight, learned_[i],
                                                                  softening(i, true), d_soft, pull);
  if (const std::optional<Tensor> mask = chosen(items_[i].mask, progress_)) {
    for (Tensor& grad : grads) overwrite(grad, *mask, nullptr);
  }
  return grads;
}

void RoundingLearner::bind(QuantPass& pass, std::int64_t step, std::int64_t total,
                           std::vector<Variable>& wrt) {
  const std::size_t before = wrt.size();
  step_ = step;
  progress_ = static_cast<double>(step) / static_cast<double>(total);
  if (grids_) grids_->bind(pass, step, total, wrt);
  grid_variables_ = wrt.size() - before;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (fused_) {
      const Variable soft(soften_fused(i), true);
      pass.set_parameter(items_[i].parameter, soft);
      wrt.push_back(soft);
      continue;
    }
    const std::vector<Variable> variables = leaves(learned_[i], true);
    Softened soft = soften(i, variables, true);
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
  if (grids_) grids_->update(grads.first(grid_variables_), step, total);
  grads = grads.subspan(grid_variables_);
  std::vector<Tensor> chained;
  if (fused_) {
    const Pull pull = recipe_.regulariser->pull(step, total);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      for (Tensor& grad : gradient_fused(i, grads[i], pull)) chained.push_back(std::move(grad));
    }
    grads = chained;
  }
  if (const std::optional<double> threshold = recipe_.regulariser->freeze(step, total))
    hold_decided(*threshold);
  std::vector<Tensor*> values;
  for (std::vector<Tensor>& list : learned_) {
    for (Tensor& t : list) values.push_back(&t);
  }
  optimizer_.step(values, grads, step, total);
  restore_held();
  progress_ = static_cast<double>(step + 1) / static_cast<double>(total);
}

void RoundingLearner::observe(double loss) {
  if (grids_) grids_->observe(loss);
  optimizer_.observe(loss);
}

void RoundingLearner::place(QuantPass& pass) {
  if (grids_) grids_->settle();
  const std::vector<Tensor> hard = codes();
  const std::vector<QParams> grid = grids();
  for (std::size_t i = 0; i < items_.size(); ++i)
    pass.set_parameter(items_[i].parameter,
                       Variable(dequantise(hard[i], grid[i], items_[i].weight->grid)));
}

std::vector<Tensor> RoundingLearner::state() const {
  std::vector<Tensor> out = grids_ ? grids_->state() : std::vector<Tensor>();
  for (const std::vector<Tensor>& list : learned_) out.insert(out.end(), list.begin(), list.end());
  out.push_back(
      Tensor::scalar(progress_, core::DType::f64));  // selections and temperatures need it
  return out;
}

void RoundingLearner::restore(std::span<const Tensor> state) {
  std::size_t next = 0;
  if (grids_) {
    next = grids_->state().size();
    grids_->restore(state.first(next));
  }
  for (std::vector<Tensor>& list : learned_) {
    for (Tensor& t : list) t = state[next++];
  }
  progress_ = state[next].item();
}

void RoundingLearner::hold_decided(double threshold) {
  if (!recipe_.variable->has_h()) return;
  held_.resize(items_.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Tensor h = soften_without_gradient(i).h->value();
    Held& held = held_[i];
    if (held.decided.empty()) {
      held.decided.resize(static_cast<std::size_t>(h.numel()), 0);
      for (const Tensor& t : learned_[i])
        held.values.push_back(Tensor::zeros(t.shape(), t.dtype()));
    }
    core::dispatch_float("freeze", h.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto at = h.data<T>();
      std::vector<std::size_t> fresh;
      const std::optional<Tensor> mask = chosen(items_[i].mask, progress_);
      for (std::size_t k = 0; k < at.size(); ++k) {
        const double position = static_cast<double>(at[k]);
        const bool decided = position <= threshold || position >= 1.0 - threshold;
        if (decided && !held.decided[k] && !(mask && mask->data<T>()[k] == T(0)))
          fresh.push_back(k);
      }
      for (const std::size_t k : fresh) held.decided[k] = 1;
      for (std::size_t t = 0; t < held.values.size(); ++t) {
        const auto from = learned_[i][t].template data<T>();
        const auto to = held.values[t].template writable<T>();
        for (const std::size_t k : fresh) to[k] = from[k];
      }
    });
  }
}

void RoundingLearner::restore_held() {
  for (std::size_t i = 0; i < held_.size(); ++i) {
    for (std::size_t t = 0; t < held_[i].values.size(); ++t) {
      core::dispatch_float("freeze", learned_[i][t].dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto from = held_[i].values[t].template data<T>();
        const auto to = learned_[i][t].template writable<T>();
        for (std::size_t k = 0; k < to.size(); ++k) to[k] = held_[i].decided[k] ? from[k] : to[k];
      });
    }
  }
}

void RoundingLearner::place_soft(QuantPass& pass) const {
  for (std::size_t i = 0; i < items_.size(); ++i)
    pass.set_parameter(items_[i].parameter, soften_without_gradient(i).weight);
}

std::vector<QParams> RoundingLearner::grids() const {
  std::vector<QParams> out;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Softening at = softening(i, false);
    const QParams& own = items_[i].weight->q;
    out.push_back({at.scale ? at.scale->value() : own.scale, at.zero ? at.zero->value() : own.zero,
                   at.warp ? at.warp->value() : own.warp});
  }
  return out;
}

std::vector<Tensor> RoundingLearner::codes() const {
  std::vector<Tensor> out;
  const std::vector<QParams> grid = grids();
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const QuantisedWeight& weight = *items_[i].weight;
    Tensor codes = recipe_.variable->harden(weight, learned_[i], grid[i]);
    if (const std::optional<Tensor> mask = chosen(items_[i].mask, progress_)) {
      const Tensor rtn = codes_at(nearest_[i], weight.grid, grid[i]),
                   keep = mask->to(core::DType::s32);
      const auto from = rtn.data<std::int32_t>(), learns = keep.data<std::int32_t>();
      const auto to = codes.writable<std::int32_t>();
      for (std::size_t k = 0; k < to.size(); ++k) to[k] = learns[k] ? to[k] : from[k];
    }
    out.push_back(std::move(codes));
  }
  return out;
}

double RoundingLearner::undecided() const {
  std::int64_t open = 0, all = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Softened soft = soften_without_gradient(i);
    if (!soft.h) continue;
    all += soft.h->value().numel();
    for (const float h : soft.h->value().data<float>()) open += h > 0.05f && h < 0.95f;
  }
  return all == 0 ? 0.0 : static_cast<double>(open) / static_cast<double>(all);
}

}  // namespace quant

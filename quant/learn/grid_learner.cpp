#include "quant/learn/grid_learner.h"

#include "autograd/ops/clamp.h"
#include "autograd/ops/exp.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/round_ste.h"
#include "core/kernels/map.h"
#include "quant/grid/levels.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

GridLearner::GridLearner(const LearnWeights& recipe,
                         const std::vector<const QuantisedWeight*>& weights)
    : weights_(weights), warp_clip_(recipe.exponent.clip), grids_(weights.size()) {
  std::vector<Tensor> log_steps, zeros, warps;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const QParams& q = weights[i]->q;
    log_steps.push_back(Tensor::zeros(q.scale.shape(), q.scale.dtype()));
    zeros.push_back(q.zero);
    if (!weights[i]->grid.levels) continue;
    bent_.push_back(i);
    warps.push_back(q.warp);
  }
  if (recipe.w_scale.on) scale_ = TensorGroup(recipe.w_scale, std::move(log_steps));
  if (recipe.w_zero.on) zero_ = TensorGroup(recipe.w_zero, std::move(zeros));
  const LearnGroup& levels = recipe.codebook.on ? recipe.codebook : recipe.exponent;
  if (levels.on) warp_ = TensorGroup(levels, std::move(warps));
  settle();
}

void GridLearner::set_grids(bool learning, std::vector<Variable>* wrt) {
  const auto leaf = [&](const Tensor& value) {
    Variable out(value, learning);
    if (wrt) wrt->push_back(out);
    return out;
  };
  for (std::size_t i = 0; i < scale_.size(); ++i)
    grids_[i].scale = autograd::mul(Variable(weights_[i]->q.scale), autograd::exp(leaf(scale_[i])));
  for (std::size_t i = 0; i < zero_.size(); ++i) {
    const Grid& grid = weights_[i]->grid;
    grids_[i].zero = autograd::clamp(autograd::round_ste(leaf(zero_[i])), double(grid.qmin()),
                                     double(grid.qmax()));
  }
  for (std::size_t k = 0; k < warp_.size(); ++k) grids_[bent_[k]].warp = leaf(warp_[k]);
}

void GridLearner::bind(QuantPass&, std::int64_t, std::int64_t, std::vector<Variable>& wrt) {
  set_grids(true, &wrt);
}

void GridLearner::update(std::span<const Tensor> grads, std::int64_t step, std::int64_t total) {
  scale_.step(grads.first(scale_.size()), step, total);
  zero_.step(grads.subspan(scale_.size(), zero_.size()), step, total);
  const auto own = grads.subspan(scale_.size() + zero_.size());
  std::vector<Tensor> of_warp(own.begin(), own.end());
  if (warp_clip_ > 0) {
    for (Tensor& grad : of_warp) grad = core::clamp(grad, -warp_clip_, warp_clip_);
  }
  warp_.step(of_warp, step, total);
  for (std::size_t k = 0; k < warp_.size(); ++k) warp_[k] = levels(k)->kept(warp_[k]);
}

void GridLearner::observe(double loss) {
  for (TensorGroup* group : {&scale_, &zero_, &warp_}) group->observe(loss);
}

std::vector<Tensor> GridLearner::state() const {
  std::vector<Tensor> out;
  for (const TensorGroup* group : {&scale_, &zero_, &warp_}) group->append_to(out);
  return out;
}

void GridLearner::restore(std::span<const Tensor> state) {
  for (TensorGroup* group : {&scale_, &zero_, &warp_}) group->take_from(state);
  settle();
}

}  // namespace quant

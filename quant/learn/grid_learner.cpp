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

namespace {

std::vector<Tensor> log_steps(const std::vector<const QuantisedWeight*>& weights) {
  std::vector<Tensor> out;
  for (const QuantisedWeight* w : weights)
    out.push_back(Tensor::zeros(w->q.scale.shape(), w->q.scale.dtype()));
  return out;
}

std::vector<Tensor> zero_points(const std::vector<const QuantisedWeight*>& weights) {
  std::vector<Tensor> out;
  for (const QuantisedWeight* w : weights) out.push_back(w->q.zero);
  return out;
}

std::vector<Tensor> warps(const std::vector<const QuantisedWeight*>& weights) {
  std::vector<Tensor> out;
  for (const QuantisedWeight* w : weights) out.push_back(w->q.warp);
  return out;
}

}  // namespace

GridLearner::Group GridLearner::make_group(const LearnGroup& recipe, std::vector<Tensor> start) {
  if (!recipe.on) return {};
  return {std::move(start), nn::PacedOptimizer(recipe.optimizer(), *recipe.schedule)};
}

GridLearner::GridLearner(const LearnWeights& recipe,
                         const std::vector<const QuantisedWeight*>& weights)
    : weights_(weights),
      scale_(make_group(recipe.w_scale, log_steps(weights))),
      zero_(make_group(recipe.w_zero, zero_points(weights))),
      warp_(make_group(recipe.codebook.on ? recipe.codebook : recipe.exponent, warps(weights))),
      warp_clip_(recipe.exponent.clip),
      grids_(weights.size()) {
  settle();
}

void GridLearner::set_grids(bool learning, std::vector<Variable>* wrt) {
  for (std::size_t i = 0; i < grids_.size(); ++i) {
    if (!scale_.values.empty()) {
      const Variable u(scale_.values[i], learning);
      grids_[i].scale = autograd::mul(Variable(weights_[i]->q.scale), autograd::exp(u));
      if (wrt) wrt->push_back(u);
    }
    if (!zero_.values.empty()) {
      const Variable real(zero_.values[i], learning);
      const Grid& grid = weights_[i]->grid;
      grids_[i].zero =
          autograd::clamp(autograd::round_ste(real), double(grid.qmin()), double(grid.qmax()));
      if (wrt) wrt->push_back(real);
    }
    if (!warp_.values.empty() && weights_[i]->grid.levels) {
      grids_[i].warp = Variable(warp_.values[i], learning);
      if (wrt) wrt->push_back(*grids_[i].warp);
    }
  }
}

void GridLearner::bind(QuantPass&, std::int64_t, std::int64_t, std::vector<Variable>& wrt) {
  set_grids(true, &wrt);
}

void GridLearner::update(std::span<const Tensor> grads, std::int64_t step, std::int64_t total) {
  // the order of `set_grids`: per weight its step, then its zero point, then its levels
  std::vector<Tensor> of_scale, of_zero, of_warp;
  std::size_t next = 0;
  for (std::size_t i = 0; i < grids_.size(); ++i) {
    if (!scale_.values.empty()) of_scale.push_back(grads[next++]);
    if (!zero_.values.empty()) of_zero.push_back(grads[next++]);
    if (!warp_.values.empty() && weights_[i]->grid.levels) of_warp.push_back(grads[next++]);
  }
  const auto move = [&](Group& group, const std::vector<Tensor>& own) {
    if (group.values.empty()) return;
    std::vector<Tensor*> values;
    for (std::size_t i = 0; i < group.values.size(); ++i) {
      if (&group != &warp_ || weights_[i]->grid.levels) values.push_back(&group.values[i]);
    }
    if (values.empty()) return;
    group.optimizer->step(values, own, step, total);
  };
  move(scale_, of_scale);
  move(zero_, of_zero);
  if (warp_clip_ > 0) {
    for (Tensor& grad : of_warp) grad = core::clamp(grad, -warp_clip_, warp_clip_);
  }
  move(warp_, of_warp);
  for (std::size_t i = 0; i < warp_.values.size(); ++i) {
    if (const Levels* levels = weights_[i]->grid.levels)
      warp_.values[i] = levels->kept(warp_.values[i]);
  }
}

void GridLearner::observe(double loss) {
  for (Group* group : {&scale_, &zero_, &warp_}) {
    if (group->optimizer) group->optimizer->observe(loss);
  }
}

void GridLearner::settle() { set_grids(false, nullptr); }

void GridLearner::place(QuantPass&) { settle(); }

std::vector<Tensor> GridLearner::state() const {
  std::vector<Tensor> out;
  for (const Group* group : {&scale_, &zero_, &warp_})
    out.insert(out.end(), group->values.begin(), group->values.end());
  return out;
}

void GridLearner::restore(std::span<const Tensor> state) {
  std::size_t next = 0;
  for (Group* group : {&scale_, &zero_, &warp_}) {
    for (Tensor& t : group->values) t = state[next++];
  }
  settle();
}

}  // namespace quant

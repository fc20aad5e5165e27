#include "quant/learn/range_learner.h"

#include "autograd/ops/clamp.h"
#include "autograd/ops/div.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/round_ste.h"
#include "autograd/ops/sub.h"
#include "core/kernels/map.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

std::size_t ends_of(const QuantisedWeight& weight) { return weight.grid.symmetric ? 1 : 2; }

}  // namespace

LearnedGrid grid_of_range(const QuantisedWeight& weight, std::span<const Variable> factors) {
  core::require("learn_range", factors.size() == ends_of(weight), "needs {} factors; got {}",
                ends_of(weight), factors.size());
  const Variable step(weight.q.scale);
  const double qmin = weight.grid.qmin(), qmax = weight.grid.qmax();
  if (weight.grid.symmetric)
    return {autograd::mul(step, autograd::clamp(factors[0], kSmallestRange, 1)), std::nullopt};
  // whole numbers up to here, so that factors of 1 give back step and zero point exactly
  const Variable above(core::affine(weight.q.zero, -1, qmax)),
      below(core::affine(weight.q.zero, -1, qmin));
  const auto constant = [&](double value) {
    return Variable(Tensor::full(weight.q.zero.shape(), value, weight.q.zero.dtype()));
  };
  const Variable low = autograd::mul(factors[1], below);
  const Variable width = autograd::sub(autograd::mul(factors[0], above), low);
  const Variable share =
      autograd::clamp(autograd::div(width, constant(qmax - qmin)), kSmallestRange, 1);
  const Variable zero = autograd::sub(constant(qmin), autograd::div(low, share));
  return {autograd::mul(step, share), autograd::clamp(autograd::round_ste(zero), qmin, qmax)};
}

RangeLearner::RangeLearner(const LearnGroup& recipe, std::vector<const QuantisedWeight*> weights)
    : weights_(std::move(weights)), grids_(weights_.size()) {
  std::vector<Tensor> ones;
  for (const QuantisedWeight* weight : weights_) {
    for (std::size_t end = 0; end < ends_of(*weight); ++end)
      ones.push_back(Tensor::full(weight->q.scale.shape(), 1, weight->q.scale.dtype()));
  }
  factors_ = TensorGroup(recipe, std::move(ones));
  settle();
}

void RangeLearner::set_grids(std::vector<Variable>* wrt) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    std::vector<Variable> factors;
    for (std::size_t end = 0; end < ends_of(*weights_[i]); ++end)
      factors.emplace_back(factors_[next++], wrt != nullptr);
    grids_[i] = grid_of_range(*weights_[i], factors);
    if (wrt) wrt->insert(wrt->end(), factors.begin(), factors.end());
  }
}

void RangeLearner::bind(QuantPass&, std::int64_t, std::int64_t, std::vector<Variable>& wrt) {
  set_grids(&wrt);
}

void RangeLearner::update(std::span<const Tensor> grads, std::int64_t step, std::int64_t total) {
  factors_.step(grads, step, total);
  for (std::size_t i = 0; i < factors_.size(); ++i) factors_[i] = core::clamp(factors_[i], 0, 1);
  settle();
}

std::vector<Tensor> RangeLearner::state() const {
  std::vector<Tensor> out;
  factors_.append_to(out);
  return out;
}

void RangeLearner::restore(std::span<const Tensor> state) {
  factors_.take_from(state);
  settle();
}

}  // namespace quant

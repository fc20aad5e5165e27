#include "quant/learn/unit_learners.h"

#include "core/kernels/reduce.h"

namespace quant {

UnitLearners::UnitLearners(const LearnWeights& learn, const Work& work,
                           const std::vector<const QuantisedWeight*>& weights,
                           const std::vector<core::Tensor>& starts, const core::Rng& rng) {
  core::require("unit_learners",
                weights.size() == work.weights.size() && starts.size() == weights.size(),
                "there must be one weight and one selection a parameter; got {} parameters, {} "
                "weights, {} selections",
                work.weights.size(), weights.size(), starts.size());
  if (learn.w_scale.on || learn.w_zero.on || learn.exponent.on || learn.codebook.on)
    grids_.emplace(learn, weights);
  if (learn.w_range.on) ranges_.emplace(learn.w_range, weights);
  std::vector<RoundingLearner::Item> items;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    RoundingLearner::Item item{work.weights[i], weights[i]};
    if (core::min_max(starts[i]).max > 0) item.mask = starts[i];  // else every weight learns
    if (grids_) item.grid = grids_->grid(i);
    if (ranges_) item.grid = ranges_->grid(i);
    items.push_back(std::move(item));
  }
  rounding_.emplace(learn, std::move(items), rng);
  if (learn.bias.on && !work.biases.empty()) biases_.emplace(learn.bias, work.biases);
  if (learn.norm.on && !work.norms.empty()) norms_.emplace(learn.norm, work.norms);
}

void UnitLearners::add_steps(const LearnActs& learn, std::vector<SiteId> sites,
                             const QuantPass& pass) {
  if (!sites.empty()) steps_.emplace(learn, std::move(sites), pass);
}

std::vector<Learner*> UnitLearners::all() {
  std::vector<Learner*> out;
  const auto add = [&out](auto& learner) {
    if (learner) out.push_back(&*learner);
  };
  add(grids_);  // before the roundings that stand on them
  add(ranges_);
  add(rounding_);
  add(steps_);
  add(biases_);
  add(norms_);
  return out;
}

}  // namespace quant

#include "quant/learn/unit_learners.h"

#include "core/kernels/reduce.h"
#include "quant/learn/grid_learner.h"
#include "quant/learn/range_learner.h"

namespace quant {
namespace {

std::unique_ptr<WeightGridLearner> grids_of(const LearnWeights& learn,
                                            const std::vector<const QuantisedWeight*>& weights) {
  if (learn.w_range.on) return std::make_unique<RangeLearner>(learn.w_range, weights);
  if (learn.learns_grids()) return std::make_unique<GridLearner>(learn, weights);
  return nullptr;
}

}  // namespace

UnitLearners::UnitLearners(const LearnWeights& learn, const Unit& unit,
                           const std::vector<const QuantisedWeight*>& weights,
                           const std::vector<core::Tensor>& starts, const core::Rng& rng) {
  core::require("unit_learners",
                weights.size() == unit.weights.size() && starts.size() == weights.size(),
                "there must be one weight and one selection a parameter; got {} parameters, {} "
                "weights, {} selections",
                unit.weights.size(), weights.size(), starts.size());
  std::vector<RoundingLearner::Item> items;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    RoundingLearner::Item item{unit.weights[i], weights[i]};
    if (core::min_max(starts[i]).max > 0) item.mask = starts[i];  // else every weight learns
    items.push_back(std::move(item));
  }
  rounding_.emplace(learn, std::move(items), rng, grids_of(learn, weights));
  if (learn.bias.on && !unit.biases.empty()) biases_.emplace(learn.bias, unit.biases);
  if (learn.norm.on && !unit.norms.empty()) norms_.emplace(learn.norm, unit.norms);
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
  add(rounding_);
  add(steps_);
  add(biases_);
  add(norms_);
  return out;
}

}  // namespace quant

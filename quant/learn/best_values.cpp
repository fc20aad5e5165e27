#include "quant/learn/best_values.h"

namespace quant {

LearnerStates states_of(std::span<Learner* const> learners) {
  LearnerStates out;
  for (const Learner* learner : learners) out.push_back(learner->state());
  return out;
}

void restore_states(std::span<Learner* const> learners, const LearnerStates& states) {
  core::require("snapshot", states.size() == learners.size(),
                "there must be one state a learner; got {} states, {} learners", states.size(),
                learners.size());
  for (std::size_t i = 0; i < learners.size(); ++i) learners[i]->restore(states[i]);
}

void place_all(std::span<Learner* const> learners, QuantPass& pass) {
  for (Learner* learner : learners) learner->place(pass);
}

void BestValues::offer(double loss) {
  if (!(loss < loss_)) return;  // false for NaN
  loss_ = loss;
  states_ = states_of(learners_);
}

void BestValues::measure() {
  place_all(learners_, objective_.pass);
  offer(objective_.loss(kLogRows));
}

void BestValues::before(std::int64_t step) {
  if (objective_.recipe.snapshot == Snapshot::best && step % objective_.recipe.snapshot_every == 0)
    measure();
}

void BestValues::batch(double loss) {
  if (objective_.recipe.snapshot == Snapshot::best_batch) offer(loss);
}

void BestValues::finish() {
  if (objective_.recipe.snapshot == Snapshot::best) measure();
  if (!states_.empty()) restore_states(learners_, states_);
}

}  // namespace quant

// PacedOptimizer: an optimizer on its schedule, for one list of tensors during one run.
//
// It owns what changes during a run, so that a schedule may be shared: a schedule that follows the
// loss gives a copy of its own to each run.
#pragma once

#include <memory>

#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"

namespace nn {

class PacedOptimizer {
 public:
  /// The schedule outlives it.
  PacedOptimizer(std::unique_ptr<Optimizer> optimizer, const Schedule& schedule)
      : optimizer_(std::move(optimizer)), shared_(&schedule), own_(schedule.follower()) {}

  /// One step at the rate of this step.
  void step(std::span<core::Tensor* const> values, std::span<const core::Tensor> grads,
            std::int64_t step, std::int64_t total) {
    const Schedule& schedule = own_ ? *own_ : *shared_;
    optimizer_->step(values, grads, optimizer_->base_lr() * schedule.factor(step, total));
  }
  /// The loss of that step, for schedules that follow it.
  void observe(double loss) {
    if (own_) own_->observe(loss);
  }

 private:
  std::unique_ptr<Optimizer> optimizer_;
  const Schedule* shared_;
  std::unique_ptr<Schedule> own_;
};

}  // namespace nn

// Learner: one group of tensors that a unit learns, with its own optimizer and schedule.
//
// The loop of reconstruct.h asks every learner three things a step: put your variables into the
// pass, add your penalty, take your gradients; and, for snapshots, what it has learned.  Roundings
// and activation steps are learners; a new degree of freedom is one more.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "autograd/variable.h"
#include "quant/pass/quant_pass.h"

namespace quant {

class Learner {
 public:
  virtual ~Learner() = default;
  /// Makes this step's variables, places what depends on them in `pass`, and appends to `wrt` those
  /// whose gradients `update` wants.
  virtual void bind(QuantPass& pass, std::int64_t step, std::int64_t total,
                    std::vector<autograd::Variable>& wrt) = 0;
  /// Added to the loss; nothing when it is off.
  virtual std::optional<autograd::Variable> penalty(std::int64_t /*step*/, std::int64_t /*total*/) {
    return std::nullopt;
  }
  /// Takes the gradients of the variables of `bind`, in order.  The graph is gone by then.
  virtual void update(std::span<const core::Tensor> grads, std::int64_t step,
                      std::int64_t total) = 0;
  /// The loss of the step, after `update`: for schedules that follow it.
  virtual void observe(double loss) = 0;
  /// Puts what would stay into the pass, without gradients: learned values, hard weights.
  virtual void place(QuantPass& pass) = 0;
  /// The codes among what `place` would put: a loop can stop once they no longer change.
  virtual std::vector<core::Tensor> codes() const { return {}; }
  /// Everything that `place` depends on; not the state of the optimizer.
  virtual std::vector<core::Tensor> state() const = 0;
  /// Back to a state of this learner or of one for the same tensors.
  virtual void restore(std::span<const core::Tensor> state) = 0;
};

}  // namespace quant

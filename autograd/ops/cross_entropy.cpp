#include "autograd/ops/cross_entropy.h"

#include "core/kernels/loss.h"

namespace autograd {

Variable cross_entropy(const Variable& logits, const core::Tensor& labels, double label_smoothing) {
  core::RowLoss result = core::cross_entropy(logits.value(), labels, label_smoothing);
  return record(
      "cross_entropy", std::move(result.loss), {logits},
      [log_q = result.log_q, labels, label_smoothing](const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) {
          dx.add(0, core::cross_entropy_backward(dy.item(), log_q, labels, label_smoothing));
        }
      });
}

}  // namespace autograd

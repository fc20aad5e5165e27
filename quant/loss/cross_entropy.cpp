// mean over samples of -ln softmax(z)_k, z the logits that the rest of the float network gives to
// the output of the unit and k the true class: the task itself, learned from the labels of the
// calibration images.  Over the whole network, with weights and steps that learn, it is
// quantization-aware training.  dz = (softmax(z) - onehot(k)) / N.  The target is not used.
// source: Esser et al. 2020 (LSQ), section 2.3.
#include "autograd/ops/cross_entropy.h"

#include "quant/loss/loss.h"

namespace quant {
namespace {

struct CrossEntropy final : Loss {
  explicit CrossEntropy(core::Params&) {}
  LossNeeds needs() const override {
    return {.logits = true, .labels = true, .logits_of = LogitsOf::prediction};
  }
  autograd::Variable operator()(const LossInputs& in) const override {
    loss_rows("cross_entropy", in, needs());
    const core::DType wide = core::arithmetic_type(in.logits->value().dtype());
    return autograd::cross_entropy(autograd::cast(*in.logits, wide), in.labels);
  }
};

const core::Registered<Loss, CrossEntropy> kRegistered{"cross_entropy"};

}  // namespace
}  // namespace quant

// mean over rows of -ln softmax(prediction)_k, k = argmax of the target over the channels (the
// first of equals): cross entropy to the class the float network gives.  dprediction =
// (q - onehot(k)) / rows.  It is not zero at the target and falls as margins grow: the minimum of a
// row, 0, lies at infinity.  source: Lee 2013 (pseudo-labels).
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/reshape.h"
#include "core/kernels/reduce.h"
#include "quant/loss/loss.h"

namespace quant {
namespace {

struct CePseudo final : Loss {
  explicit CePseudo(core::Params&) {}
  autograd::Variable operator()(const LossInputs& given) const override {
    const core::Shape rows{loss_rows("ce_pseudo", given), given.target.shape()[-1]};
    const LossInputs in = widened(given);
    const core::Tensor label = core::argmax_last(in.target.reshape(rows));
    return autograd::cross_entropy(autograd::reshape(in.prediction, rows), label);
  }
};

const core::Registered<Loss, CePseudo> kRegistered{"ce_pseudo"};

}  // namespace
}  // namespace quant

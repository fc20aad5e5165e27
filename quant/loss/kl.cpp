// mean over rows of KL(p || q), p = softmax(target / T), q = softmax(prediction / T) over the
// channels; times T^2 on request.  dprediction = (q - p) / (T rows).
// On logits when the unit is the whole network; on features, a softmax over their channels.
// source: Hinton et al. 2015; BRECQ, PD-Quant and APHQ-ViT (head) on logits.
#include "autograd/ops/kl_divergence.h"
#include "quant/loss/divergence.h"

namespace quant {
namespace {

struct Kl final : Loss {
  DivergenceOptions options;
  explicit Kl(core::Params& params) : options(params) {}
  autograd::Variable operator()(const LossInputs& given) const override {
    loss_rows("kl", given);
    const LossInputs in = widened(given);
    return autograd::kl_divergence_logits(
        in.target, in.prediction,
        {.temperature = options.temperature, .times_t_squared = options.times_t_squared});
  }
};

const core::Registered<Loss, Kl> kRegistered{"kl"};

}  // namespace
}  // namespace quant

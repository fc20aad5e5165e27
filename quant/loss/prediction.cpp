// l2_weight * l2(prediction, target) + KL(p || q) / lambda_r, p = softmax(float_logits / T),
// q = softmax(logits / T), averaged over the samples: the error of the unit and what it does to the
// answer of the network, whose rest is the float one.
// source: PD-Quant (Liu et al. 2023) and its code: lambda_r = 0.1 (a divisor), T = 4 (1 for
// MobileNetV2 and MNasNet), l2_weight = 1.
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/kl_divergence.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Prediction final : Loss {
  double l2_weight, lambda_r, temperature;
  explicit Prediction(core::Params& params)
      : l2_weight(params.get<double>(
            "l2_weight", 1.0,
            {.doc = "weight of the error of the unit", .source = "PD-Quant", .min = 0})),
        lambda_r(params.get<double>(
            "lambda_r", 0.1,
            {.doc = "divisor of the prediction difference", .source = "PD-Quant", .min = 1e-9})),
        temperature(params.get<double>(
            "temperature", 4.0,
            {.doc = "T of the prediction difference", .source = "PD-Quant", .min = 1e-3})) {}
  LossNeeds needs() const override { return {.logits = true}; }
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("prediction", in, needs()));
    const autograd::Variable difference =
        autograd::kl_divergence_logits(in.float_logits, *in.logits, {.temperature = temperature});
    return autograd::add(elementwise("prediction", in, l2_weight / rows, SquaredError{}),
                         autograd::affine(difference, 1.0 / lambda_r, 0.0));
  }
};

const core::Registered<Loss, Prediction> kRegistered{"prediction"};

}  // namespace
}  // namespace quant

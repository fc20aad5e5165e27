// l2_weight * l2(prediction, target) + KL(p || q) / lambda_r, p = softmax(float_logits / T),
// q = softmax(logits / T), averaged over the samples: the error of the unit and what it does to the
// answer of the network, whose rest is the float one.  The logits go on from a second run of the
// unit, on its quantised input alone, where the first run has a mix of both inputs.
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
  LogitsOf of = LogitsOf::prediction;
  explicit Prediction(core::Params& params)
      : l2_weight(params.get<double>(
            "l2_weight", 1.0,
            {.doc = "weight of the error of the unit", .source = "PD-Quant", .min = 0})),
        lambda_r(params.get<double>(
            "lambda_r", 0.1,
            {.doc = "divisor of the prediction difference", .source = "PD-Quant", .min = 1e-9})),
        temperature(params.get<double>(
            "temperature", 4.0,
            {.doc = "T of the prediction difference", .source = "PD-Quant", .min = 1e-3})) {
    const std::string run = params.get<std::string>(
        "of", "unmixed_input",
        {.doc =
             "output of the unit that goes on to the logits: of the run that is compared, of one "
             "on its own quantised input, or of that with every element quantised",
         .source = "PD-Quant code: unmixed_input",
         .one_of = {"mixed", "unmixed_input", "unmixed"}});
    if (run == "unmixed_input") of = LogitsOf::unmixed_input;
    if (run == "unmixed") of = LogitsOf::unmixed;
  }
  LossNeeds needs() const override { return {.logits = true, .logits_of = of}; }
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

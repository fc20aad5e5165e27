// SignRound's variable: n = round(W/s + v) with |v| <= 1/2.  dn/dv taken as 1 inside the range of
// codes.  start: v = 0, round to nearest.
// What keeps |v| <= 1/2 is a choice: `clamp` clips v (a v that a step took outside can only come
// back); `schedule` leaves v alone, as the released code, where signsgd with lr 1/iters falling to
// 0 travels at most 1/2 (1 + 1/iters) in all, and twice that at 3 bits and below. usable lr:
// signsgd 1/iters, linear to 0; Adam 1e-3 with clamp. source: Cheng et al. 2023 (SignRound),
// AutoRound code; clamp: Brevitas (identity variant).
#include "quant/variable/code_space.h"

namespace quant {
namespace {

struct SignRound final : CodeSpace {
  bool clamped;

  explicit SignRound(core::Params& params)
      : clamped(params.get<std::string>("bound", "clamp",
                                        {.doc = "what keeps v within 1/2: a clip, or only the "
                                                "steps of the optimizer",
                                         .source = "Brevitas: clamp; AutoRound: schedule",
                                         .one_of = {"clamp", "schedule"}}) == "clamp") {}

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    return {core::Tensor::zeros(weight.w.shape(), weight.w.dtype())};
  }
  Placement placement(const QuantisedWeight& weight,
                      std::span<const autograd::Variable> learned) const override {
    const autograd::Variable v = clamped ? clip_inward(learned[0], -0.5, 0.5) : learned[0];
    return {.w = autograd::Variable(weight.w), .offset = v};
  }
};

const core::Registered<RoundingVariable, SignRound> kRegistered{"sign_round"};

}  // namespace
}  // namespace quant

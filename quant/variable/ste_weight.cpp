// AdaQuant's variable: the weight itself, n = round(W/s), straight-through: dW_hat/dW = 1 inside
// the range of codes, 0 outside.  start: the float weight, round to nearest. usable lr: Adam 1e-5
// (absolute, as weights are), or about 1e-3 of a step. source: Hubara et al. 2021 (AdaQuant),
// CalibTIP code.
#include "quant/variable/code_space.h"

namespace quant {
namespace {

struct SteWeight final : CodeSpace {
  explicit SteWeight(core::Params&) {}

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    return {weight.w};
  }
  Placement placement(const QuantisedWeight&,
                      std::span<const autograd::Variable> learned) const override {
    return {.w = learned[0]};
  }
};

const core::Registered<RoundingVariable, SteWeight> kRegistered{"ste_weight"};

}  // namespace
}  // namespace quant

// n = round(W/s + v) with v free: every code of the grid can be reached.  dn/dv taken as 1 inside
// the range of codes, 0 outside.  start: v = 0, round to nearest. usable lr: Adam 1e-3 to 1e-2 (v
// is in codes). source: full-range codes of NUPES; on a power grid n = round(sgn(W) q (|W|/m)^a +
// v) with the slope of the levels at n as dW_hat/dn.
#include "quant/variable/code_space.h"

namespace quant {
namespace {

struct FullRange final : CodeSpace {
  explicit FullRange(core::Params&) {}

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    return {core::Tensor::zeros(weight.w.shape(), weight.w.dtype())};
  }
  Placement placement(const QuantisedWeight& weight,
                      std::span<const autograd::Variable> learned) const override {
    return {.w = autograd::Variable(weight.w), .offset = learned[0]};
  }
};

const core::Registered<RoundingVariable, FullRange> kRegistered{"full_range"};

}  // namespace
}  // namespace quant

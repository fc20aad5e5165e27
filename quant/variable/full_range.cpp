// n = round(W/s + v) with v free: every code of the grid can be reached.  dn/dv taken as 1 inside
// the range of codes, 0 outside.  start: v = 0, round to nearest. usable lr: Adam 1e-3 to 1e-2 (v
// is in codes). source: full-range codes of NUPES, on a uniform grid.
#include "autograd/ops/add.h"
#include "quant/variable/code_space.h"

namespace quant {
namespace {

struct FullRange final : CodeSpace {
  explicit FullRange(core::Params&) {}

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    return {core::Tensor::zeros(weight.w.shape(), weight.w.dtype())};
  }
  autograd::Variable position(const QuantisedWeight& weight,
                              std::span<const autograd::Variable> learned,
                              const Softening& at) const override {
    return autograd::add(code_position(autograd::Variable(weight.w), weight, at), learned[0]);
  }
};

const core::Registered<Learned, FullRange> kRegistered{"full_range"};

}  // namespace
}  // namespace quant

// The input from the quantised prefix, and the float unit on that same input as target: errors of
// the prefix are not corrected.  source: AIMET, seq-MSE input mode "symqt".
#include "quant/input/input.h"

namespace quant {
namespace {

struct SymQuant final : Input {
  explicit SymQuant(core::Params&) {}
  bool target_of_quantised() const override { return true; }
  core::Tensor batch(const core::Tensor& x_quant, const core::Tensor&, double,
                     const core::Rng&) const override {
    return x_quant;
  }
};

const core::Registered<Input, SymQuant> kRegistered{"sym_quant"};

}  // namespace
}  // namespace quant

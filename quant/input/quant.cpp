// The input from the quantised prefix, with the float output as target ("asymmetric").
// source: Nagel et al. 2020 (AdaRound), eq. 25; BRECQ code (asym=True).
#include "quant/input/input.h"

namespace quant {
namespace {

struct Quant final : Input {
  explicit Quant(core::Params&) {}
  core::Tensor batch(const core::Tensor& x_quant, const core::Tensor&, double,
                     const core::Rng&) const override {
    return x_quant;
  }
};

const core::Registered<Input, Quant> kQuant{"quant"};
const core::Registered<Input, Quant> kAsym{"asym"};  // the name of the papers

}  // namespace
}  // namespace quant

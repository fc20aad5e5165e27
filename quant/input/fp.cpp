// The input of the float network: units are independent of each other.
// source: AdaQuant (parallel mode); BRECQ's activation stage (asym=False).
#include "quant/input/input.h"

namespace quant {
namespace {

struct Fp final : Input {
  explicit Fp(core::Params&) {}
  bool wants_quantised() const override { return false; }
  bool wants_float() const override { return true; }
  core::Tensor batch(const core::Tensor&, const core::Tensor& x_float, double,
                     const core::Rng&) const override {
    return x_float;
  }
};

const core::Registered<Input, Fp> kRegistered{"fp"};

}  // namespace
}  // namespace quant

// sum d^2 / sum y^2 over everything, d = prediction - target, y the target (a constant).
// Gradient 2 d / sum y^2.  An all-zero target divides by 1: the plain sum of squares.
// source: MCT (MSE over the mean square of the teacher), PPQ (inverse signal-to-noise ratio).
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Nmse final : Loss {
  explicit Nmse(core::Params&) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    loss_rows("nmse", in);
    const double energy = sum_of("nmse", in.target, kSquare);
    return elementwise("nmse", in, energy == 0 ? 1.0 : 1.0 / energy, SquaredError{});
  }
};

const core::Registered<Loss, Nmse> kRegistered{"nmse"};

}  // namespace
}  // namespace quant

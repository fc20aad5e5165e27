// mean over samples and positions of sum over channels d^2 g^2 / mean(g^2), d = prediction -
// target, g the gradient of the task loss at the float output: the diagonal of the Fisher matrix in
// place of the Hessian.  Gradient 2 d g^2 / (mean(g^2) rows).  The mean runs over the batch, so the
// scale is that of l2; where every g is 0 the loss is 0.
// source: the theory of BRECQ (Li et al. 2021), not its released code (fisher_brecq); the
// normalisation is ours.
#include <cmath>

#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Scaled {
  double unit;  // 1 / root mean square of g: g^2 alone would leave the range of float
  template <class T>
  T value(T d, T g) const {
    const T e = d * (g * static_cast<T>(unit));
    return e * e;
  }
  template <class T>
  T slope(T d, T g) const {
    const T k = g * static_cast<T>(unit);
    return T(2) * d * (k * k);
  }
};

struct Fisher final : Loss {
  explicit Fisher(core::Params&) {}
  LossNeeds needs() const override { return {.sensitivity = true}; }
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("fisher", in, needs()));
    const double squares = sum_of("fisher", in.sensitivity, kSquare);
    const double count = static_cast<double>(in.sensitivity.numel());
    const double unit = squares == 0 ? 0.0 : std::sqrt(count / squares);
    return elementwise("fisher", in, 1.0 / rows, Scaled{unit}, in.sensitivity);
  }
};

const core::Registered<Loss, Fisher> kRegistered{"fisher"};

}  // namespace
}  // namespace quant

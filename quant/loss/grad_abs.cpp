// mean over samples and positions of sum over channels |g| |d|, d = prediction - target, g the
// gradient of the task loss at the float output: the first-order change of the task loss, signs
// ignored.  Divided by mean |g| of the batch unless `normalise` is off, which gives it the scale of
// l1; where every g is 0 the loss is 0.  Gradient |g| sign(d) / rows, 0 at d = 0.
// source: ours, after the first-order score of AutoRound; the task loss is small beside the
// rounding penalty, hence the normalisation.
#include <cmath>

#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct FirstOrder {
  template <class T>
  T value(T d, T g) const {
    return std::fabs(g * d);
  }
  template <class T>
  T slope(T d, T g) const {
    return std::fabs(g) * (static_cast<T>(d > 0) - static_cast<T>(d < 0));
  }
};

struct GradAbs final : Loss {
  bool normalise;
  explicit GradAbs(core::Params& params)
      : normalise(params.get<bool>("normalise", true, {.doc = "divide by the mean of |g|"})) {}
  LossNeeds needs() const override { return {.sensitivity = true}; }
  autograd::Variable operator()(const LossInputs& in) const override {
    double scale = 1.0 / static_cast<double>(loss_rows("grad_abs", in, needs()));
    if (normalise) {
      const double sum = sum_of("grad_abs", in.sensitivity, kMagnitude);
      scale *= sum == 0 ? 0.0 : static_cast<double>(in.target.numel()) / sum;
    }
    return elementwise("grad_abs", in, scale, FirstOrder{}, in.sensitivity);
  }
};

const core::Registered<Loss, GradAbs> kRegistered{"grad_abs"};

}  // namespace
}  // namespace quant

// mean over samples and positions of sum over channels h(d), d = prediction - target:
// h = d^2 / 2 for |d| <= delta, delta (|d| - delta / 2) beyond; gradient clamp(d, -delta, delta).
// delta is `delta` times the standard deviation of the target, over all elements of the call and a
// constant for the gradient; a constant target counts as deviation 1.
// source: Huber 1964; delta relative to the target is ours, so that one value fits every unit.
#include <cmath>

#include "core/kernels/reduce.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Rounded {
  double delta;
  template <class T>
  T value(T d) const {
    const T a = std::fabs(d), k = static_cast<T>(delta);
    return a <= k ? T(0.5) * d * d : k * (a - T(0.5) * k);
  }
  template <class T>
  T slope(T d) const {
    const T k = static_cast<T>(delta);
    return d > k ? k : (d < -k ? -k : d);
  }
};

struct Huber final : Loss {
  double delta;
  explicit Huber(core::Params& params)
      : delta(params.get<double>("delta", 0.1,
                                 {.doc = "where the loss turns linear, in standard deviations of "
                                         "the target",
                                  .min = 1e-6})) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("huber", in));
    const double count = static_cast<double>(in.target.numel());
    const double mean = core::sum(in.target).item() / count;
    const double square_sum = sum_of("huber", in.target, [mean](auto v) {
      const auto from_mean = v - mean;
      return from_mean * from_mean;
    });
    const double deviation = square_sum == 0 ? 1.0 : std::sqrt(square_sum / count);
    return elementwise("huber", in, 1.0 / rows, Rounded{delta * deviation});
  }
};

const core::Registered<Loss, Huber> kRegistered{"huber"};

}  // namespace
}  // namespace quant

// h = the second entry of softmax((d, u) / T) over the states {down, up}, that is sigmoid((u - d) /
// T), with T falling from 1 to 0.05 over the steps.  dh/du = h (1 - h) / T = -dh/dd.
// start: d = T_start ln(1 - r), u = T_start ln r with r = frac(W/s) kept in [0.01, 0.99], so the
// soft weight is at most 0.01 s off the float weight.  Hard codes: u >= d.
// usable lr: Adam 1e-3 to 1e-2 (u and d both move: twice the pace of sigmoid_T).
// source: softmax relaxation of a discrete choice.
#include "quant/variable/temperature.h"
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct Softmax : Cooling<Softmax> {
  static constexpr std::string_view kName = "softmax_T";
  static constexpr int kTensors = 2;
  static constexpr bool kNoise = false, kHasH = true;

  explicit Softmax(core::Params& params) : Cooling(params, 1.0, 0.05) {}

  template <class T>
  T value(const Spot<T, 2>& spot) const {
    return core::math::sigmoid((spot.v[1] - spot.v[0]) * T(slope));
  }
  template <class T>
  std::array<T, 2> pullback(const Spot<T, 2>& spot, T dh) const {
    const T h = value(spot), d = dh * h * (T(1) - h) * T(slope);
    return {-d, d};
  }
  template <class T>
  bool up(const Spot<T, 2>& spot) const {
    return spot.v[1] >= spot.v[0];
  }
  std::array<double, 2> start(double h, double) const {
    const double r = inner_fraction(h);
    return {temperature.start * std::log1p(-r), temperature.start * std::log(r)};
  }
};

const core::Registered<RoundingVariable, TwoState<Softmax>> kRegistered{"softmax_T"};

}  // namespace
}  // namespace quant

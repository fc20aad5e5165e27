// AdaRound's variable: h(V) = clip((zeta - gamma) sigmoid(V) + gamma, 0, 1), the rectified sigmoid.
// dh/dV = (zeta - gamma) sigmoid (1 - sigmoid) where the unclipped value lies in [0, 1], both ends
// included (else weights that start on the boundary never move), 0 where saturated (|V| > ln 11).
// start: h = frac(W/s), so the soft weight is the float weight.  Hard codes: V >= 0.
// usable lr: Adam 1e-3 (3e-3 PD-Quant, 3e-2 MCT).
// source: Nagel et al. 2020 (AdaRound), eq. 22-23.
#include <limits>

#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct RectSigmoid {
  static constexpr std::string_view kName = "rect_sigmoid";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = true;
  double gamma, zeta;

  explicit RectSigmoid(core::Params& params) {
    gamma = params.get<double>(
        "gamma", -0.1,
        {.doc = "lower end of the stretched sigmoid", .source = "AdaRound", .min = -1, .max = 0});
    zeta = params.get<double>(
        "zeta", 1.1,
        {.doc = "upper end of the stretched sigmoid", .source = "AdaRound", .min = 1, .max = 2});
    // h(0) = (zeta + gamma) / 2 must be 1/2, or V >= 0 would not mean "nearer to the upper code"
    if (std::abs(zeta + gamma - 1.0) > 1e-9) params.fail("zeta", "gamma + zeta must be 1");
    if (zeta == 1.0) params.fail("zeta", "zeta must be above 1, or h never reaches 0 and 1");
  }

  RectSigmoid at(double) const { return *this; }
  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return clip(static_cast<T>(zeta - gamma) * core::math::sigmoid(spot.v[0]) + T(gamma), T(0),
                T(1));
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>& spot, T dh) const {
    constexpr T kSlack =
        T(8) * std::numeric_limits<T>::epsilon();  // a start at r = 0 or 1 is inside
    const T width = static_cast<T>(zeta - gamma), sigma = core::math::sigmoid(spot.v[0]);
    const T u = width * sigma + T(gamma), dv = dh * width * sigma * (T(1) - sigma);
    return {u >= -kSlack && u <= T(1) + kSlack ? dv : T(0)};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0);
  }
  std::array<double, 1> start(double h, double) const {
    return {-std::log((zeta - gamma) / (h - gamma) - 1.0)};
  }
};

const core::Registered<RoundingVariable, TwoState<RectSigmoid>> kRegistered{"rect_sigmoid"};

}  // namespace
}  // namespace quant

// h(V) = sigmoid(V / T) with T falling from 1 to 0.05 over the steps, so that h decides by itself.
// dh/dV = h (1 - h) / T.  start: V = T_start logit(r), r = frac(W/s) kept in [0.01, 0.99], so the
// soft weight is at most 0.01 s off the float weight.  Hard codes: V >= 0.
// usable lr: Adam 1e-3 to 1e-2; no regulariser needed.
// source: annealed sigmoid, as the temperature of Brevitas's learned round made to fall.
#include "quant/variable/temperature.h"
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct AnnealedSigmoid : Cooling<AnnealedSigmoid> {
  static constexpr std::string_view kName = "sigmoid_T";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = true;

  explicit AnnealedSigmoid(core::Params& params) : Cooling(params, 1.0, 0.05) {}

  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return core::math::sigmoid(spot.v[0] * T(slope));
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>& spot, T dh) const {
    const T h = value(spot);
    return {dh * h * (T(1) - h) * T(slope)};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0);
  }
  std::array<double, 1> start(double h, double) const {
    return {temperature.start * logit(inner_fraction(h))};
  }
};

const core::Registered<RoundingVariable, TwoState<AnnealedSigmoid>> kRegistered{"sigmoid_T"};

}  // namespace
}  // namespace quant

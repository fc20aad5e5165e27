// Rounding with a temperature: h(V) = sigmoid((r - 1/2 + V) / T), r = frac(W/s), T falling from 1/4
// to 0.05; at T -> 0 it is round(W/s + V) between the two neighbours.  dh/dV = h (1 - h) / T.
// start: V = 0, a softened round to nearest.  T = 1/4 gives h slope 1 at r = 1/2, so the soft
// weight starts at most 0.12 s off the float weight; a start on it would make this sigmoid_T with V
// shifted. Ties start at V = 1e-6 to the side of round to nearest.  Hard codes: r - 1/2 + V >= 0.
// usable lr: Adam 1e-3 (V is in codes, a useful change is below 1/2).
// source: sigmoid soft rounding; temperatures ours.
#include "quant/variable/temperature.h"
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct TempSoftRound : Cooling<TempSoftRound> {
  static constexpr std::string_view kName = "temp_soft_round";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = true;

  explicit TempSoftRound(core::Params& params) : Cooling(params, 0.25, 0.05) {}

  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return core::math::sigmoid((spot.rest - T(0.5) + spot.v[0]) * T(slope));
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>& spot, T dh) const {
    const T h = value(spot);
    return {dh * h * (T(1) - h) * T(slope)};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.rest - T(0.5) + spot.v[0] >= T(0);
  }
  std::array<double, 1> start(double h, double rest) const { return {h - rest}; }
};

const core::Registered<RoundingVariable, TwoState<TempSoftRound>> kRegistered{"temp_soft_round"};

}  // namespace
}  // namespace quant

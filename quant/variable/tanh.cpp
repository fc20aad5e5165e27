// h(V) = (1 + tanh V) / 2, computed as sigmoid(2V), which it equals.  dh/dV = (1 - tanh^2 V) / 2.
// start: V = atanh(2r - 1), r = frac(W/s) kept in [0.01, 0.99], so the soft weight is at most 0.01
// s off the float weight.  Hard codes: V >= 0. usable lr: as sigmoid; V travels half as far.
// source: plain relaxation.
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct Tanh {
  static constexpr std::string_view kName = "tanh";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = true;

  explicit Tanh(core::Params&) {}

  Tanh at(double) const { return *this; }
  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return core::math::sigmoid(T(2) * spot.v[0]);
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>& spot, T dh) const {
    const T h = value(spot);
    return {dh * T(2) * h * (T(1) - h)};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0);
  }
  std::array<double, 1> start(double h, double) const { return {0.5 * logit(inner_fraction(h))}; }
};

const core::Registered<RoundingVariable, TwoState<Tanh>> kRegistered{"tanh"};

}  // namespace
}  // namespace quant

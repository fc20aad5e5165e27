// h(V) = clip(V, 0, 1).  dh/dV = 1 inside, both ends included; outside 1 where a descent step leads
// back in and 0 where it leads further out, so that a V which a step took too far is not lost.
// start: V = frac(W/s), so the soft weight is the float weight.  Hard codes: V >= 1/2.
// usable lr: Adam 1e-4 to 1e-3.
// source: plain relaxation; the inward gradient is ours.
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct ClipLinear {
  static constexpr std::string_view kName = "clip_linear";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = true;

  explicit ClipLinear(core::Params&) {}

  ClipLinear at(double) const { return *this; }
  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return clip(spot.v[0], T(0), T(1));
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>& spot, T dh) const {
    const T v = spot.v[0];
    const bool stuck = ((v < T(0)) & (dh > T(0))) | ((v > T(1)) & (dh < T(0)));  // no branches
    return {stuck ? T(0) : dh};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0.5);
  }
  std::array<double, 1> start(double h, double) const { return {h}; }
};

const core::Registered<RoundingVariable, TwoState<ClipLinear>> kRegistered{"clip_linear"};

}  // namespace
}  // namespace quant

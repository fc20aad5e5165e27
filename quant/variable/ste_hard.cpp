// Hard up or down with a straight-through gradient: h = [V >= 1/2], dh/dV taken as 1.
// start: V = frac(W/s), so the start is round to nearest.  Hard codes: V >= 1/2, what is seen in
// the forward pass anyway; a regulariser has nothing to do. usable lr: Adam 1e-4; flips back and
// forth near 1/2 late in the training, so let lr fall to 0. source: rounding training of PPQ.
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct SteHard {
  static constexpr std::string_view kName = "ste_hard";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = false;

  explicit SteHard(core::Params&) {}

  SteHard at(double) const { return *this; }
  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0.5) ? T(1) : T(0);
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>&, T dh) const {
    return {dh};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0.5);
  }
  std::array<double, 1> start(double h, double) const { return {h}; }
};

const core::Registered<RoundingVariable, TwoState<SteHard>> kRegistered{"ste_hard"};

}  // namespace
}  // namespace quant

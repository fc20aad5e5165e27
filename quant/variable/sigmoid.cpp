// h(V) = sigmoid(V / T) with a fixed temperature.  dh/dV = h (1 - h) / T; h never is exactly 0
// or 1. start: V = T logit(r), r = frac(W/s) kept in [0.01, 0.99], so the soft weight is at most
// 0.01 s off the float weight.  Hard codes: V >= 0. usable lr: Adam 1e-3 to 1e-2; needs a
// regulariser or a small T to decide. source: plain relaxation; Brevitas has it as sigmoid(p / T).
// deviation: Brevitas starts it with the inverse of the rectified sigmoid, which is not the float
// weight.
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct Sigmoid {
  static constexpr std::string_view kName = "sigmoid";
  static constexpr int kTensors = 1;
  static constexpr bool kNoise = false, kHasH = true;
  double temperature;

  explicit Sigmoid(core::Params& params)
      : temperature(params.get<double>("temperature", 1.0,
                                       {.doc = "T of sigmoid(V / T)", .min = 1e-3, .max = 1e3})) {}

  Sigmoid at(double) const { return *this; }
  template <class T>
  T value(const Spot<T, 1>& spot) const {
    return core::math::sigmoid(spot.v[0] * T(1 / temperature));
  }
  template <class T>
  std::array<T, 1> pullback(const Spot<T, 1>& spot, T dh) const {
    const T h = value(spot);
    return {dh * h * (T(1) - h) * T(1 / temperature)};
  }
  template <class T>
  bool up(const Spot<T, 1>& spot) const {
    return spot.v[0] >= T(0);
  }
  std::array<double, 1> start(double h, double) const {
    return {temperature * logit(inner_fraction(h))};
  }
};

const core::Registered<RoundingVariable, TwoState<Sigmoid>> kRegistered{"sigmoid"};

}  // namespace
}  // namespace quant

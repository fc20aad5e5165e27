// h(a, b) = sp(a) / (sp(a) + sp(b)) with sp(x) = ln(1 + e^x) and two tensors: a for the upper code,
// b for the lower.  dh/da = h (1 - h) sigmoid(a) / sp(a), dh/db = -h (1 - h) sigmoid(b) / sp(b).
// start: sp(a) = r, sp(b) = 1 - r with r = frac(W/s) kept in [0.01, 0.99], so the soft weight is at
// most 0.01 s off the float weight.  Hard codes: a >= b.
// usable lr: Adam 1e-3; needs a regulariser to decide.
// source: normalised positive weights of the two states.
#include "quant/variable/two_state.h"

namespace quant {
namespace {

/// ln(1 + e^x).  1 + e^-|x| loses digits of e^-|x|; the second term gives them back to first order.
template <class T>
[[gnu::always_inline]] inline T softplus(T x) {  // a call would leave the loops scalar
  const T e = core::math::exp(-std::fabs(x)), sum = T(1) + e;
  const T log_part = core::math::log(sum) - ((sum - T(1)) - e) / sum;
  return (x > T(0) ? x : T(0)) + log_part;
}

struct SoftplusRatio {
  static constexpr std::string_view kName = "softplus_ratio";
  static constexpr int kTensors = 2;
  static constexpr bool kNoise = false, kHasH = true;

  explicit SoftplusRatio(core::Params&) {}

  SoftplusRatio at(double) const { return *this; }
  template <class T>
  T value(const Spot<T, 2>& spot) const {
    const T a = softplus(spot.v[0]) + T(kSmall), b = softplus(spot.v[1]) + T(kSmall);
    return a / (a + b);
  }
  template <class T>
  std::array<T, 2> pullback(const Spot<T, 2>& spot, T dh) const {
    const T a = softplus(spot.v[0]) + T(kSmall), b = softplus(spot.v[1]) + T(kSmall);
    const T slope = dh * a * b / ((a + b) * (a + b));  // dh h (1 - h)
    return {slope * core::math::sigmoid(spot.v[0]) / a,
            -slope * core::math::sigmoid(spot.v[1]) / b};
  }
  template <class T>
  bool up(const Spot<T, 2>& spot) const {
    return spot.v[0] >= spot.v[1];
  }
  std::array<double, 2> start(double h, double) const {
    const double r = inner_fraction(h);
    return {std::log(std::expm1(r)), std::log(std::expm1(1.0 - r))};
  }

 private:
  static constexpr double kSmall = 1e-15;  // both parts gone would be 0/0
};

const core::Registered<RoundingVariable, TwoState<SoftplusRatio>> kRegistered{"softplus_ratio"};

}  // namespace
}  // namespace quant

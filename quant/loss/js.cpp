// mean over rows of (KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2, p and q as in kl: symmetric,
// at most ln 2.  dprediction = q (s - sum q s) / (T rows), s = ln(q/m) / 2.
// With d = ln q - ln p: ln(q/m) = ln 2 + min(d, 0) - ln(1 + exp(-|d|)), no division.
// source: Lin 1991.
#include <cmath>

#include "quant/loss/divergence.h"

namespace quant {
namespace {

/// ln(q / m) = min(d, 0) + this, ln(p / m) = min(-d, 0) + this.
template <class T>
T common(T d) {
  return T(0.69314718055994530942) - core::math::log(T(1) + core::math::exp(-std::fabs(d)));
}

struct ToMean {
  template <class T>
  T value(T p, T q, T d) const {
    const T c = common(d), below = d < 0 ? d : T(0), above = d > 0 ? -d : T(0);
    return T(0.5) * (p * (above + c) + q * (below + c));
  }
  template <class T>
  T slope(T d) const {
    return T(0.5) * ((d < 0 ? d : T(0)) + common(d));
  }
};

struct Js final : Loss {
  DivergenceOptions options;
  explicit Js(core::Params& params) : options(params) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    return divergence("js", in, options, ToMean{});
  }
};

const core::Registered<Loss, Js> kRegistered{"js"};

}  // namespace
}  // namespace quant

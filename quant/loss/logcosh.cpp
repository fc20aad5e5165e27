// mean over samples and positions of sum over channels ln cosh d, d = prediction - target:
// d^2 / 2 for small errors, |d| - ln 2 for large ones.  Gradient tanh(d) / rows.
// ln cosh d = |d| + ln(1 + exp(-2 |d|)) - ln 2 never overflows; below `kSeries` the Taylor series
// replaces it, because there the difference would be mostly rounding.
#include <cmath>

#include "core/kernels/loops/math.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

// The first terms left out are below 1e-8 (float) and 1e-18 (double) of the result.
template <class T>
constexpr T kSeries = sizeof(T) == 4 ? T(0.25) : T(0.02);

struct LogOfCosh {
  template <class T>
  T value(T d) const {
    const T a = std::fabs(d), s = d * d;
    const T direct =
        a + core::math::log(T(1) + core::math::exp(T(-2) * a)) - T(0.69314718055994530942);
    const T series =
        s * (T(0.5) -
             s * (T(1.0 / 12) - s * (T(1.0 / 45) - s * (T(17.0 / 2520) - s * T(31.0 / 14175)))));
    return a < kSeries<T> ? series : direct;
  }
  template <class T>
  T slope(T d) const {
    const T a = std::fabs(d), s = d * d, e = core::math::exp(T(-2) * a);
    const T direct = (d < 0 ? T(-1) : T(1)) * ((T(1) - e) / (T(1) + e));
    const T series =
        d *
        (T(1) - s * (T(1.0 / 3) - s * (T(2.0 / 15) - s * (T(17.0 / 315) - s * T(62.0 / 2835)))));
    return a < kSeries<T> ? series : direct;
  }
};

struct LogCosh final : Loss {
  explicit LogCosh(core::Params&) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("logcosh", in));
    return elementwise("logcosh", in, 1.0 / rows, LogOfCosh{});
  }
};

const core::Registered<Loss, LogCosh> kRegistered{"logcosh"};

}  // namespace
}  // namespace quant

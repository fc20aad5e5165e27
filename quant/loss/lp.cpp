// mean over samples and positions of sum over channels |d|^p, d = prediction - target.
// Gradient p |d|^(p-1) sign(d) / rows, 0 at d = 0.
// source: lp_loss of BRECQ, QDrop and AIMET; p = 2.4 in BRECQ's activation stage.
#include <cmath>

#include "core/kernels/loops/math.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Power {
  double p;
  template <class T>
  T value(T d) const {
    return core::math::pow(std::fabs(d), static_cast<T>(p));
  }
  template <class T>
  T slope(T d) const {
    const T sign = static_cast<T>(d > 0) - static_cast<T>(d < 0);
    return sign * (static_cast<T>(p) * core::math::pow(std::fabs(d), static_cast<T>(p - 1)));
  }
};

struct Lp final : Loss {
  double p;
  explicit Lp(core::Params& params)
      : p(params.get<double>(
            "p", 2.0, {.doc = "exponent of the loss", .source = "BRECQ", .min = 1, .max = 16})) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    return elementwise("lp", in, 1.0 / static_cast<double>(loss_rows("lp", in)), Power{p});
  }
};

const core::Registered<Loss, Lp> kRegistered{"lp"};

}  // namespace
}  // namespace quant

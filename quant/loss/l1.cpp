// mean over samples and positions of sum over channels |d|, d = prediction - target.
// Gradient sign(d) / rows, 0 at d = 0.  source: lp_loss with p = 1 ('mae' of APHQ-ViT).
#include <cmath>

#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Magnitude {
  template <class T>
  T value(T d) const {
    return std::fabs(d);
  }
  template <class T>
  T slope(T d) const {
    return static_cast<T>(d > 0) - static_cast<T>(d < 0);
  }
};

struct L1 final : Loss {
  explicit L1(core::Params&) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    return elementwise("l1", in, 1.0 / static_cast<double>(loss_rows("l1", in)), Magnitude{});
  }
};

const core::Registered<Loss, L1> kRegistered{"l1"};

}  // namespace
}  // namespace quant

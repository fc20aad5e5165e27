// mean over samples and positions of sum over channels d^2, d = prediction - target.
// dprediction = 2 d / rows.  source: lp_loss with p = 2 of BRECQ, QDrop and AIMET (AdaRound,
// eq. 21).
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct L2 final : Loss {
  explicit L2(core::Params&) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("l2", in));
    return elementwise("l2", in, 1.0 / rows, SquaredError{});
  }
};

const core::Registered<Loss, L2> kRegistered{"l2"};

}  // namespace
}  // namespace quant

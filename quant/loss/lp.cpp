// mean over samples and positions of sum over channels |prediction - target|^p.
// source: lp_loss of BRECQ, QDrop and AIMET; p = 2.4 in BRECQ's activation stage.
#include "autograd/ops/abs_pow.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/sub.h"
#include "quant/loss/loss.h"

namespace quant {
namespace {

struct Lp final : Loss {
  double p;
  explicit Lp(core::Params& params)
      : p(params.get<double>(
            "p", 2.0, {.doc = "exponent of the loss", .source = "BRECQ", .min = 1, .max = 16})) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("lp", in));
    const autograd::Variable error = autograd::sub(in.prediction, autograd::Variable(in.target));
    return autograd::affine(autograd::sum_all(autograd::abs_pow(error, p)), 1.0 / rows, 0.0);
  }
};

const core::Registered<Loss, Lp> kRegistered{"lp"};

}  // namespace
}  // namespace quant

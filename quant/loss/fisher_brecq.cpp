// mean over samples and positions of sum over channels d^2 (|g| + 1)^2, d = prediction - target, g
// the gradient of the task loss at the float output.  Gradient 2 d (|g| + 1)^2 / rows.
// source: 'fisher_diag' of BRECQ's released code.
// deviation: the paper weights with g^2; the code adds 1 to |g|, and as |g| is far below 1 this is
// l2 but for a trace.  The loss `fisher` has the paper's weights.  The code takes g from the
// divergence at the output of the partly quantised network, we at that of the float network.
#include <cmath>

#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Shifted {
  template <class T>
  T value(T d, T g) const {
    const T e = d * (std::fabs(g) + T(1));
    return e * e;
  }
  template <class T>
  T slope(T d, T g) const {
    const T k = std::fabs(g) + T(1);
    return T(2) * d * (k * k);
  }
};

struct FisherBrecq final : Loss {
  explicit FisherBrecq(core::Params&) {}
  LossNeeds needs() const override { return {.sensitivity = true}; }
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("fisher_brecq", in, needs()));
    return elementwise("fisher_brecq", in, 1.0 / rows, Shifted{}, in.sensitivity);
  }
};

const core::Registered<Loss, FisherBrecq> kRegistered{"fisher_brecq"};

}  // namespace
}  // namespace quant

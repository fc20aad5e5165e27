// mean over rows of KL(q || p) = sum_c q (ln q - ln p), p and q as in kl: the prediction is
// punished for mass where the target has none.  dprediction = q (ln(q/p) - KL) / (T rows).
// source: Kullback and Leibler 1951, the arguments exchanged.
#include "quant/loss/divergence.h"

namespace quant {
namespace {

struct Reverse {
  template <class T>
  T value(T, T q, T d) const {
    return q * d;
  }
  template <class T>
  T slope(T d) const {
    return d;
  }
};

struct KlRev final : Loss {
  DivergenceOptions options;
  explicit KlRev(core::Params& params) : options(params) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    return divergence("kl_rev", in, options, Reverse{});
  }
};

const core::Registered<Loss, KlRev> kRegistered{"kl_rev"};

}  // namespace
}  // namespace quant

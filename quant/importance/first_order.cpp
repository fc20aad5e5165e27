// Omega(b) = sum |g_i (w_i - Q_b(w_i))| with g the gradient at the float weights of the cross
// entropy to the class that the float network gives.  (The divergence from the float network has no
// gradient there.)
// source: AutoRound (first order sensitivity of mixed bits).
#include <cmath>

#include "quant/importance/error_scores.h"

namespace quant {
namespace {

struct FirstOrder final : Importance {
  explicit FirstOrder(core::Params&) {}
  ImportanceScores operator()(const ImportanceInputs& in) const override {
    return error_scores(in, in.loss.gradient(LossOf::ce, in.loss.floats()),
                        [](double g, double e) { return std::abs(g * e); });
  }
  double passes(std::size_t, std::size_t) const override { return 3.0; }
};

const core::Registered<Importance, FirstOrder> kRegistered{"first_order"};

}  // namespace
}  // namespace quant

// The share of the weights of a tensor with the largest |dL/dW (W - W_rtn)|: where round to nearest
// moves the loss most, to first order.
// source: weight selection of learned rounding as an axis of study; the rule is ours.
#include "quant/grid/codes.h"
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct TopGradientError final : Selection {
  double share;

  explicit TopGradientError(core::Params& params) : share(read_share(params)) {}

  bool needs_gradient() const override { return true; }
  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* gradient,
                    core::Rng /*rng*/) const override {
    std::vector<double> score = gradient_values("top_gradient_error", weight, gradient);
    const std::vector<double> w = weight.w.values(),
                              nearest = fake_quantise(weight.w, weight.q, weight.grid).values();
    for (std::size_t i = 0; i < score.size(); ++i)
      score[i] = std::abs(score[i] * (w[i] - nearest[i]));
    return highest(weight, score, share);
  }
};

const core::Registered<Selection, TopGradientError> kRegistered{"top_gradient_error"};

}  // namespace
}  // namespace quant

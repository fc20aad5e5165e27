// The share of the weights of a tensor with the largest |dL/dW|.
// source: weight selection of learned rounding as an axis of study; the rule is ours.
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct TopGradient final : Selection {
  double share;

  explicit TopGradient(core::Params& params) : share(read_share(params)) {}

  bool needs_gradient() const override { return true; }
  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* gradient,
                    core::Rng /*rng*/) const override {
    std::vector<double> score = gradient_values("top_gradient", weight, gradient);
    for (double& s : score) s = std::abs(s);
    return highest(weight, score, share);
  }
};

const core::Registered<Selection, TopGradient> kRegistered{"top_gradient"};

}  // namespace
}  // namespace quant

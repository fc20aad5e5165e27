// The share of the weights of a tensor with the smallest |W|.
// source: weight selection of learned rounding as an axis of study; the rule is ours.
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct MagnitudeBottom final : Selection {
  double share;

  explicit MagnitudeBottom(core::Params& params) : share(read_share(params)) {}

  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* /*gradient*/,
                    core::Rng /*rng*/) const override {
    std::vector<double> score = weight.w.values();
    for (double& s : score) s = -std::abs(s);
    return highest(weight, score, share);
  }
};

const core::Registered<Selection, MagnitudeBottom> kRegistered{"magnitude_bottom"};

}  // namespace
}  // namespace quant

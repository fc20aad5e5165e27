// A random share of the weights of a tensor, of exact size.
// source: weight selection of learned rounding as an axis of study; the rule is ours.
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct Random final : Selection {
  double share;

  explicit Random(core::Params& params) : share(read_share(params)) {}

  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* /*gradient*/,
                    core::Rng rng) const override {
    return highest(weight, rng.uniform(weight.w.shape(), 0.0, 1.0, core::DType::f64).values(),
                   share);
  }
};

const core::Registered<Selection, Random> kRegistered{"random"};

}  // namespace
}  // namespace quant

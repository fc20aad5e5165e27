// The input as it is.
#include "quant/augment/feature_augment.h"

namespace quant {
namespace {

struct None final : FeatureAugment {
  explicit None(core::Params&) {}
  bool active() const override { return false; }
  core::Tensor operator()(const core::Tensor& x, core::Rng) const override { return x; }
};

const core::Registered<FeatureAugment, None> kRegistered{"none"};

}  // namespace
}  // namespace quant

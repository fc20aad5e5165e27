// The input as it is.
#include "quant/augment/augment.h"

namespace quant {
namespace {

struct None final : Augment {
  explicit None(core::Params&) {}
  bool active() const override { return false; }
  core::Tensor operator()(const core::Tensor& x, core::Rng) const override { return x; }
};

const core::Registered<Augment, None> kRegistered{"none"};

}  // namespace
}  // namespace quant

// Every weight learns, from the first step.
#include "quant/selection/selection.h"

namespace quant {
namespace {

struct All final : Selection {
  explicit All(core::Params&) {}

  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* /*gradient*/,
                    core::Rng /*rng*/) const override {
    return core::Tensor::zeros(weight.w.shape(), weight.w.dtype());
  }
};

const core::Registered<Selection, All> kRegistered{"all"};

}  // namespace
}  // namespace quant

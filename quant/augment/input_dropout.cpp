// Elements become zero with probability p, the others grow by 1 / (1 - p).
#include "core/kernels/dropout.h"
#include "quant/augment/augment.h"

namespace quant {
namespace {

struct InputDropout final : Augment {
  double p;
  explicit InputDropout(core::Params& params)
      : p(params.get<double>("p", 0.1,
                             {.doc = "share of elements that become zero",
                              .source = "ours",
                              .min = 0,
                              .max = 0.99})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    return core::dropout(x, p, rng);
  }
};

const core::Registered<Augment, InputDropout> kRegistered{"input_dropout"};

}  // namespace
}  // namespace quant

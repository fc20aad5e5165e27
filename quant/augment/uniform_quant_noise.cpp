// x + u, u uniform in (-s/2, s/2) with s = (max - min) / (2^bits - 1) of the batch: the error of a
// uniform quantiser, as noise.  source: the additive noise model of uniform quantisation.
#include <cmath>

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "quant/augment/augment.h"

namespace quant {
namespace {

struct UniformQuantNoise final : Augment {
  double bits;
  explicit UniformQuantNoise(core::Params& params)
      : bits(params.get<double>("bits", 4,
                                {.doc = "bits of the quantiser whose noise is added",
                                 .source = "ours",
                                 .min = 1,
                                 .max = 16})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const core::MinMax ends = core::min_max(x);
    const double step = (ends.max - ends.min) / (std::exp2(bits) - 1);
    return core::add(x, rng.uniform(x.shape(), -step / 2, step / 2));
  }
};

const core::Registered<Augment, UniformQuantNoise> kRegistered{"uniform_quant_noise"};

}  // namespace
}  // namespace quant

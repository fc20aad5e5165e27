// Gumbel-softmax over all codes of the grid (all_levels.h): new Gumbel draws -ln(-ln x) of a
// uniform x on every logit, weight and step from the counter generator; temperature from 1 to 0.05.
// Without a generator there is no noise.  2 to 4 bits.  usable lr: Adam 1e-3 to 1e-1. source: Jang
// et al. 2017, Maddison et al. 2017; MCT's Gumbel rounding chooses among several shifts of a weight
// likewise.
#include "core/kernels/map.h"
#include "quant/variable/all_levels.h"

namespace quant {
namespace {

struct GumbelAll final : AllLevels {
  explicit GumbelAll(core::Params& params) : AllLevels(params) {}

 protected:
  core::Tensor noise(const core::Shape& shape, core::DType dtype,
                     const std::optional<core::Rng>& rng) const override {
    if (!rng) return {};
    core::Rng draw = *rng;
    // 24 bits of a uniform draw: the ends are kept off 0 and 1 by as much
    const core::Tensor x = draw.uniform(shape, 6e-8, 1.0 - 6e-8, dtype);
    return core::affine(core::log(core::affine(core::log(x), -1.0, 0.0)), -1.0, 0.0);
  }
};

const core::Registered<RoundingVariable, GumbelAll> kRegistered{"gumbel_all"};

}  // namespace
}  // namespace quant

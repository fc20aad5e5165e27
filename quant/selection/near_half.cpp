// The weights whose rounding is uncertain: |frac(W/s) - 1/2| <= distance.
// source: weight selection of learned rounding as an axis of study; the rule is ours.
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct NearHalf final : Selection {
  double distance;

  explicit NearHalf(core::Params& params) : distance(read_distance(params)) {}

  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* /*gradient*/,
                    core::Rng /*rng*/) const override {
    const std::vector<double> off = half_distances(weight);
    return mask_of(weight, [&](std::size_t i) { return off[i] <= distance ? 0.0 : kNever; });
  }
};

const core::Registered<Selection, NearHalf> kRegistered{"near_half"};

}  // namespace
}  // namespace quant

// All weights in the end, unfrozen one after the other: with d = |frac(W/s) - 1/2|, a weight starts
// at the share `until` * 2d of the steps (the uncertain ones first), or until * (1 - 2d) (the clear
// ones first).  Before its start a weight stands at round to nearest, then at its relaxed value.
// source: progressive selection by distance; the rule is ours.
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct Progressive final : Selection {
  double until;
  bool near_first;

  explicit Progressive(core::Params& params)
      : until(params.get<double>(
            "until", 0.5,
            {.doc = "share of the steps after which every weight learns", .min = 0, .max = 1})),
        near_first(params.get<std::string>("first", "near_half",
                                           {.doc = "which weights start first",
                                            .one_of = {"near_half", "far_from_half"}}) ==
                   "near_half") {}

  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* /*gradient*/,
                    core::Rng /*rng*/) const override {
    const std::vector<double> off = half_distances(weight);
    return mask_of(
        weight, [&](std::size_t i) { return until * (near_first ? 2 * off[i] : 1 - 2 * off[i]); });
  }
};

const core::Registered<Selection, Progressive> kRegistered{"progressive"};

}  // namespace
}  // namespace quant

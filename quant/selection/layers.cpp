// All weights of some layers, none of the others: the first k or the last k of the network, or the
// depthwise convolutions.  Layers are counted in the order of the network, those that are
// quantised. A unit without a chosen layer keeps round to nearest; a network in which none is
// chosen is refused. source: weight selection of learned rounding as an axis of study; the rule is
// ours.
#include "quant/selection/scores.h"

namespace quant {
namespace {

struct Layers final : Selection {
  std::string which;
  std::int64_t k;

  explicit Layers(core::Params& params)
      : which(params.get<std::string>("which", "first",
                                      {.doc = "which layers learn their rounding",
                                       .one_of = {"first", "last", "depthwise"}})),
        k(params.get<std::int64_t>("k", 1,
                                   {.doc = "number of layers from that end; depthwise takes all of "
                                           "its kind and wants 1 here",
                                    .min = 1,
                                    .max = 1e6})) {
    if (which == "depthwise" && k != 1)
      params.fail("k", "counts from an end of the network, which depthwise has not: leave it at 1");
  }

  bool takes_layer(const LayerPlace& place) const override {
    if (which == "first") return place.index < k;
    if (which == "last") return place.index >= place.count - k;
    return place.depthwise;
  }
  core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* /*gradient*/,
                    core::Rng /*rng*/) const override {
    return mask_of(weight, [](std::size_t) { return 0.0; });
  }
};

const core::Registered<Selection, Layers> kRegistered{"layers"};

}  // namespace
}  // namespace quant

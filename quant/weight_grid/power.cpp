// Levels m sgn(n) |n/q|^(1/a) (power_levels.h) with a given exponent a, or the one that
// PowerQuant's data-free search finds: the least sum of ||W - W_hat(a)||^2, by layer or for the
// network. source: Yvinec et al. 2023 (PowerQuant). deviation: golden section on a grid in place of
// Nelder-Mead; the exponent by layer is ours.
#include "quant/grid/power_levels.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

struct Power final : WeightGrid {
  std::string search;
  double exponent = 0.5;

  explicit Power(core::Params& params)
      : search(params.get<std::string>(
            "search", "none",
            {.doc = "where the exponent comes from: the key exponent, or the least squared error "
                    "of each layer or of the whole network",
             .source = "PowerQuant: network",
             .one_of = {"none", "layer", "network"}})) {
    if (search != "none") {
      if (params.has("exponent"))
        params.fail("exponent", "is searched for; a given exponent needs search: none");
      return;
    }
    exponent = params.get<double>(
        "exponent", exponent,
        {.doc = "a of the levels |n/q|^(1/a); 1 = uniform, below 1 = denser near zero",
         .min = kSmallestExponent,
         .max = kLargestExponent});
  }

  const Levels* levels() const override { return &power_levels(); }

  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    const auto set = [](std::span<QuantisedWeight> some, double a) {
      for (QuantisedWeight& w : some) w.q.warp = core::Tensor::full({1}, a, w.q.scale.dtype());
    };
    if (weights.empty()) return;
    if (search == "none") return set(weights, exponent);
    if (search == "network") return set(weights, search_exponent(weights));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::span<QuantisedWeight> one = weights.subspan(i, 1);
      set(one, search_exponent(one));
    }
  }
};

const core::Registered<WeightGrid, Power> kRegistered{"power"};

}  // namespace
}  // namespace quant

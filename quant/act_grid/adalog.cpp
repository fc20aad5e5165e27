// Levels s 2^(-n q / 37), n = round(-log2(x / s) 37 / q), with a whole number q for each site; 0
// beyond the last, signed sites as log2.  GELU outputs are shifted above zero first.
// The base is that of the least squared error on the sampled values: every fourth q from 2 to 74,
// then all around the best, each with its best range.
// source: Wu et al. 2024 (AdaLog), r = 37.  deviation: the error of the values, not of the layer's
// output; zero is beside the 2^b codes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "quant/act_grid/act_grid.h"

namespace quant {
namespace {

constexpr int kDenominator = 37, kLeast = 2, kMost = 74, kCoarse = 4;

struct AdaLog final : ActGrid {
  ActRange range;
  bool shift;
  std::optional<int> base;

  explicit AdaLog(core::Params& params)
      : range(ActRange::read(params)), shift(read_shift(params, true)) {
    const std::string search = params.get<std::string>(
        "search", "layer",
        {.doc = "where the base comes from: the least squared error at each site, or the key q",
         .source = "AdaLog: layer",
         .one_of = {"layer", "none"}});
    if (search == "layer" && params.has("q"))
      params.fail("q", "is searched for; a given q needs search: none");
    if (search == "none")
      base = params.get<int>("q", kDenominator,
                             {.doc = "the base is 2^(q/37)", .min = kLeast, .max = kMost});
  }
  std::string_view name() const override { return "adalog"; }

  ActTable fit(const SortedValues& values, int bits, ActRole role) const override {
    const auto at = [&](int q) {
      return log_table(values, bits, role, shift, range, [q](int count) {
        std::vector<double> levels;
        for (int n = count; n-- > 0;)
          levels.push_back(std::exp2(-static_cast<double>(n * q) / kDenominator));
        return levels;
      });
    };
    if (base) return at(*base).table;
    ScaledTable best{{}, std::numeric_limits<double>::infinity()};
    int centre = kLeast;
    const auto try_at = [&](int q) {
      ScaledTable here = at(q);
      if (!(here.error < best.error)) return;
      best = std::move(here);
      centre = q;
    };
    for (int q = kLeast; q <= kMost; q += kCoarse) try_at(q);
    const int coarse = centre;
    for (int q = std::max(kLeast, coarse - kCoarse + 1); q < std::min(kMost + 1, coarse + kCoarse);
         ++q) {
      if (q != coarse) try_at(q);
    }
    return best.table;
  }
};

const core::Registered<ActGrid, AdaLog> kRegistered{"adalog"};

}  // namespace
}  // namespace quant

// Levels m (n/q)^(1/a), n = round(q (x/m)^a): q = 2^b - 1 without negative values, else signed with
// q = 2^(b-1) - 1.  a is given, or that of the least squared error of the site (0.2, 0.25 .. 1.2).
// source: Yvinec et al. 2023 (PowerQuant), activations.
#include <cmath>
#include <limits>

#include "quant/act_grid/act_grid.h"
#include "quant/grid/power_levels.h"

namespace quant {
namespace {

Side side_at(double a, int q) {
  Side out;
  for (int n = 1; n <= q; ++n) {
    out.levels.push_back(std::pow(static_cast<double>(n) / q, 1 / a));
    out.cuts.push_back(std::pow((n - 0.5) / q, 1 / a));
  }
  out.end = std::pow((q + 0.5) / q, 1 / a);
  return out;
}

struct Power final : ActGrid {
  ActRange range;
  double exponent = 0.5;
  bool search;

  explicit Power(core::Params& params)
      : range(ActRange::read(params)),
        search(params.get<std::string>("search", "none",
                                       {.doc = "where the exponent comes from: the key exponent, "
                                               "or the least squared error at each site",
                                        .one_of = {"none", "layer"}}) == "layer") {
    if (search && params.has("exponent"))
      params.fail("exponent", "is searched for; a given exponent needs search: none");
    if (!search)
      exponent = params.get<double>(
          "exponent", exponent,
          {.doc = "a of the levels (n/q)^(1/a); 1 = uniform, below 1 = denser near zero",
           .min = kSmallestExponent,
           .max = kLargestExponent});
  }
  std::string_view name() const override { return "power"; }

  ActTable fit(const SortedValues& values, int bits, ActRole) const override {
    const int q = values.smallest() < 0 ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
    if (!search) return scaled_table(values, side_at(exponent, q), range, bits).table;
    ScaledTable best{{}, std::numeric_limits<double>::infinity()};
    constexpr int kSteps = 20;
    for (int i = 0; i <= kSteps; ++i) {
      ScaledTable here = scaled_table(values, side_at(0.2 + 0.05 * i, q), range, bits);
      if (here.error < best.error) best = std::move(here);
    }
    return best.table;
  }
};

const core::Registered<ActGrid, Power> kRegistered{"power"};

}  // namespace
}  // namespace quant

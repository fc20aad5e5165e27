// A codebook that is written down: all levels from the lowest to the highest, 2^b of them, in units
// of half the range of each entry (1 is its end).  A weight goes to the nearest level.
// source: look-up tables; NF4 and the like are lists of this kind.
#include <algorithm>

#include "quant/grid/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("lut", {.narrow = false});

struct Lut final : WeightGrid {
  std::vector<double> table;

  explicit Lut(core::Params& params)
      : table(params.get<std::vector<double>>(
            "levels", {-1, -0.5, 0, 0.5},
            {.doc =
                 "all 2^b levels, increasing, 1 = the end of the range of quant.weight.scale"})) {
    if (params.is_describing()) return;
    if (table.empty()) params.fail("levels", "must hold 2^b levels; it is empty");
    for (std::size_t i = 1; i < table.size(); ++i) {
      if (table[i - 1] >= table[i])
        params.fail("levels",
                    fmt::format("must increase; got {} after {}", table[i], table[i - 1]));
    }
    if (table.back() <= 0) params.fail("levels", "the last one must be above zero");
  }
  const Levels* levels() const override { return &kLevels; }
  std::string misfit(int bits) const override {
    const std::size_t codes = std::size_t{1} << bits;
    return table.size() == codes ? ""
                                 : fmt::format(
                                       "{} bits have {} levels and the table of the lut "
                                       "grid has {}",
                                       bits, codes, table.size());
  }
  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    for (QuantisedWeight& w : weights) {
      if (!w.grid.levels) continue;
      std::vector<double> steps = table;
      for (double& level : steps) level *= 0.5 * (w.grid.qmax() - w.grid.qmin());
      set_levels(w, steps);
    }
  }
};

const core::Registered<WeightGrid, Lut> kRegistered{"lut"};

}  // namespace
}  // namespace quant

// Levels m sgn 2^(-k q / 37), k = 0, 1 .., and zero, with a whole number q for each weight tensor:
// q = 37 is log2, q = 18.5 would be log sqrt 2.  Exponents are rounded, to zero as log2.
// The base is that of the least squared error: every fourth q from 2 to 74, then all around the
// best, each with the best range among 0.3, 0.35 .. 1.3 of the largest weight of an entry.
// source: Wu et al. 2024 (AdaLog), r = 37.
// deviation: the least error of the weight itself, not of the layer's output; signed codes: ours.
#include "quant/grid/adalog_levels.h"
#include "quant/grid/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("adalog", {.cut = Cut::logarithm});

constexpr double kStride = 0.05;

struct AdaLog final : WeightGrid {
  FixedRange range;
  AdaLogBase base;

  explicit AdaLog(core::Params& params) : range(params), base(params, "of each weight") {}
  const Levels* levels() const override { return &kLevels; }

  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    const std::vector<double> factors = range_factors(kStride);
    for (QuantisedWeight& w : weights) {
      if (!w.grid.levels) continue;
      const std::vector<SortedValues> entries = sorted_entries(w);
      const auto levels = [&](int q) { return mirrored(AdaLogBase::levels(q, w.grid.qmax())); };
      const int q =
          base.choose([&](int at) { return fit_range(w, entries, levels(at), factors).error; });
      range.fit(w, levels(q));
    }
  }
};

const core::Registered<WeightGrid, AdaLog> kRegistered{"adalog"};

}  // namespace
}  // namespace quant

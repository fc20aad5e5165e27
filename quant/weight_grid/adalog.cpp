// Levels m sgn 2^(-k q / 37), k = 0, 1 .., and zero, with a whole number q for each weight tensor:
// q = 37 is log2, q = 18.5 would be log sqrt 2.  Exponents are rounded, to zero as log2.
// The base is that of the least squared error: every fourth q from 2 to 74, then all around the
// best, each with the best range among 0.3, 0.35 .. 1.3 of the largest weight of an entry.
// source: Wu et al. 2024 (AdaLog), r = 37.
// deviation: the least error of the weight itself, not of the layer's output; signed codes: ours.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "quant/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("adalog", {.cut = Cut::logarithm});

constexpr int kDenominator = 37;  // r; source: AdaLog
constexpr int kLeast = 2, kMost = 74, kCoarse = 4;
constexpr double kStride = 0.05;

std::vector<double> levels_of(int q, int codes) {
  std::vector<double> positive;
  for (int k = codes; k-- > 0;)
    positive.push_back(std::exp2(-static_cast<double>(k * q) / kDenominator));
  return mirrored(positive);
}

struct AdaLog final : WeightGrid {
  FixedRange range;
  std::optional<int> base;

  explicit AdaLog(core::Params& params) : range(params) {
    const std::string search = params.get<std::string>(
        "search", "layer",
        {.doc = "where the base comes from: the least squared error of each weight, or the key q",
         .source = "AdaLog: layer",
         .one_of = {"layer", "none"}});
    if (search == "layer" && params.has("q"))
      params.fail("q", "is searched for; a given q needs search: none");
    if (search == "none")
      base = params.get<int>("q", kDenominator,
                             {.doc = "the base is 2^(q/37)", .min = kLeast, .max = kMost});
  }
  const Levels* levels() const override { return &kLevels; }

  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    for (QuantisedWeight& w : weights) {
      if (w.grid.levels) range.fit(w, levels_of(base ? *base : search(w), w.grid.qmax()));
    }
  }

 private:
  static int search(const QuantisedWeight& w) {
    const std::vector<SortedValues> entries = sorted_entries(w);
    const std::vector<double> factors = range_factors(kStride);
    int best = kLeast;
    double least = std::numeric_limits<double>::infinity();
    const auto try_at = [&](int q) {
      const double error = fit_range(w, entries, levels_of(q, w.grid.qmax()), factors).error;
      if (error < least) best = q, least = error;
    };
    for (int q = kLeast; q <= kMost; q += kCoarse) try_at(q);
    const int centre = best;
    for (int q = std::max(kLeast, centre - kCoarse + 1); q < std::min(kMost + 1, centre + kCoarse);
         ++q) {
      if (q != centre) try_at(q);
    }
    return best;
  }
};

const core::Registered<WeightGrid, AdaLog> kRegistered{"adalog"};

}  // namespace
}  // namespace quant

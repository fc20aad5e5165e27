// Levels m sgn 2^(-k), k = 0, 1 .. q - 1, and zero, q = 2^(b-1) - 1: every level is twice the one
// below it.  Exponents are rounded, so that |w| goes up from m 2^(-k-1/2) on, and to zero below
// half an exponent under the smallest level.
// source: FQ-ViT, AdaLog (rounding of the exponent); signed codes for weights: ours.
#include <cmath>

#include "quant/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("log2", {.cut = Cut::logarithm});

struct Log2 final : WeightGrid {
  FixedRange range;

  explicit Log2(core::Params& params) : range(params) {}
  const Levels* levels() const override { return &kLevels; }
  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    for (QuantisedWeight& w : weights) {
      if (!w.grid.levels) continue;
      std::vector<double> positive;
      for (int k = w.grid.qmax(); k-- > 0;) positive.push_back(std::exp2(-k));
      range.fit(w, mirrored(positive));
    }
  }
};

const core::Registered<WeightGrid, Log2> kRegistered{"log2"};

}  // namespace
}  // namespace quant

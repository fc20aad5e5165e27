// Powers of two: the levels of log2, but a weight goes to the nearest of them instead of the
// nearest exponent. source: methods known as PoT; levels 2^(-i-1), normalised to 1, as the released
// code of APoT.
#include <cmath>

#include "quant/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("pot", {});

struct Pot final : WeightGrid {
  FixedRange range;

  explicit Pot(core::Params& params) : range(params) {}
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

const core::Registered<WeightGrid, Pot> kRegistered{"pot"};

}  // namespace
}  // namespace quant

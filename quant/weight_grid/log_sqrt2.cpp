// Levels m sgn 2^(-k/2), k = 0, 1 .. q - 1, and zero, q = 2^(b-1) - 1: half the spacing of log2 in
// half its span.  Twice the exponent is rounded; to zero as log2.
// source: RepQ-ViT (log sqrt 2 of the softmax); signed codes for weights: ours.
#include <cmath>

#include "quant/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("log_sqrt2", {.cut = Cut::logarithm});

struct LogSqrt2 final : WeightGrid {
  FixedRange range;

  explicit LogSqrt2(core::Params& params) : range(params) {}
  const Levels* levels() const override { return &kLevels; }
  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    for (QuantisedWeight& w : weights) {
      if (!w.grid.levels) continue;
      std::vector<double> positive;
      for (int k = w.grid.qmax(); k-- > 0;) positive.push_back(std::exp2(-0.5 * k));
      range.fit(w, mirrored(positive));
    }
  }
};

const core::Registered<WeightGrid, LogSqrt2> kRegistered{"log_sqrt2"};

}  // namespace
}  // namespace quant

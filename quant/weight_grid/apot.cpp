// Sums of powers of two: m sgn (p_1 + .. + p_k) with p_j in {0, 2^(-j), 2^(-k-j), 2^(-2k-j)} for
// B = b - 1 = 2k bits without the sign, scaled so that the largest sum is 1; where B is odd one
// more term of one bit lies between the second and the third of each.  A weight goes to the nearest
// sum. source: Li et al. 2020 (APoT), section 2.2; sets of odd B as the released code has them for
// 3 and 5 bits, continued.  deviation: the threshold m is not learned unless learn.w_scale is on,
// and weights are not normalised before.
#include <algorithm>
#include <cmath>

#include "quant/grid/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("apot", {});

/// All sums above zero, increasing, for B bits.
std::vector<double> sums_of_powers(int bits) {
  const int terms = bits / 2;
  const bool odd = bits % 2 != 0;
  std::vector<std::vector<double>> sets(static_cast<std::size_t>(terms), {0.0});
  int exponent = 0;
  for (int round = 0; round < 3; ++round) {
    if (odd && round == 2) sets.push_back({0.0, std::exp2(-++exponent)});
    for (int j = 0; j < terms; ++j)
      sets[static_cast<std::size_t>(j)].push_back(std::exp2(-++exponent));
  }
  std::vector<double> sums{0.0};
  for (const std::vector<double>& set : sets) {
    std::vector<double> longer;
    for (const double sum : sums) {
      for (const double p : set) longer.push_back(sum + p);
    }
    sums = std::move(longer);
  }
  std::sort(sums.begin(), sums.end());
  sums.erase(sums.begin());
  return sums;
}

struct Apot final : WeightGrid {
  FixedRange range;

  explicit Apot(core::Params& params) : range(params) {}
  const Levels* levels() const override { return &kLevels; }
  void fit(std::span<QuantisedWeight> weights, std::span<const core::Tensor>) const override {
    for (QuantisedWeight& w : weights) {
      if (w.grid.levels) range.fit(w, mirrored(sums_of_powers(w.grid.bits - 1)));
    }
  }
};

const core::Registered<WeightGrid, Apot> kRegistered{"apot"};

}  // namespace
}  // namespace quant

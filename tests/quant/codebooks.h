// What the tests of codebook grids share: weights put on a grid by name.
#pragma once

#include <string>
#include <vector>

#include "quant/grid/codebook.h"
#include "quant/grid/codes.h"
#include "quant/weight_grid/weight_grid.h"
#include "tests/quant/helpers.h"

namespace quant_test {

/// The grids whose levels are listed in QParams::warp, with options that need no more than weights.
inline const std::vector<std::string> kCodebooks{"adalog", "apot",      "kmeans",
                                                 "log2",   "log_sqrt2", "pot"};

/// A weight with the levels that the grid finds.
inline quant::QuantisedWeight on_codebook(const std::string& name, const core::Tensor& w, int bits,
                                          bool per_channel = true, Keys keys = {}) {
  const auto grid_of = make<quant::WeightGrid>(name, keys);
  const quant::Levels* levels = grid_of->levels();
  const quant::Grid grid{.bits = bits,
                         .symmetric = true,
                         .narrow = levels->narrow(),
                         .per_channel = per_channel,
                         .levels = levels};
  std::vector<quant::QuantisedWeight> one{{w, grid, (*make<quant::Scale>("minmax"))(w, grid)}};
  grid_of->fit(one);
  return one.front();
}

/// The levels above zero, as shares of the largest.
inline std::vector<double> positive_levels(const quant::QuantisedWeight& weight) {
  const std::vector<double> all = weight.q.warp.values();
  std::vector<double> out;
  for (const double level : all) {
    if (level > 0) out.push_back(level / all.back());
  }
  return out;
}

/// sum (w - w_hat)^2.
inline double squared_error(const quant::QuantisedWeight& weight) {
  const core::Tensor nearest = quant::fake_quantise(weight.w, weight.q, weight.grid);
  double total = 0;
  for (std::int64_t i = 0; i < weight.w.numel(); ++i)
    total += (weight.w.at(i) - nearest.at(i)) * (weight.w.at(i) - nearest.at(i));
  return total;
}

}  // namespace quant_test

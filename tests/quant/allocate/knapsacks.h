// Knapsacks for the tests of allocators: small random ones, and the ResNet-18 of HAWQ-V3.
#pragma once

#include <string>
#include <vector>

#include "core/rng.h"
#include "quant/allocator/allocator.h"

namespace quant_test {

/// Scores fall with the bits, sizes differ widely, the budget lies between the ends.
inline quant::Knapsack random_knapsack(core::Rng& rng, std::size_t items,
                                       const std::vector<int>& bits, bool falling = true) {
  quant::Knapsack out;
  std::int64_t least = 0, most = 0;
  for (std::size_t i = 0; i < items; ++i) {
    const std::int64_t size = 1 + rng.below(i % 2 == 0 ? 20 : 200);
    std::vector<quant::BitOption> item;
    double score = 10.0 * rng.uniform();
    for (const int b : bits) {
      item.push_back({b, size * b, score});
      score = falling ? score * rng.uniform() : 10.0 * rng.uniform();
    }
    least += item.front().cost;
    most += item.back().cost;
    out.items.push_back(std::move(item));
  }
  out.budget = least + rng.below(most - least + 1);
  return out;
}

/// Traces, perturbations and sizes of the 19 quantised layers of ResNet-18, candidates 4 and 8 bit.
/// source: ILP.ipynb of the released code of HAWQ.
inline quant::Knapsack resnet18(double average_bits) {
  const std::vector<double> trace{.06857826, .03162379, .03298575, .01205663, .02222431,
                                  .00596336, .06931772, .00807129, .00372905, .00530698,
                                  .00209011, .00737569, .00210454, .00151197, .00158041,
                                  .00078146, .00451841, .00098745, .00072944};
  const std::vector<double> at4{6.7430,  3.9691,  3.3281,  2.6796,  4.7277, 10.5966, .6827,
                                9.0942,  4.8857,  10.7599, 21.7546, .8603,  14.5324, 10.9651,
                                18.7706, 36.4044, 3.1572,  29.6994, 17.4016};
  const std::vector<double> at8{.0235, .0125, .0102, .0082, .0145, .0344, .0023,
                                .0287, .0148, .0333, .0682, .0027, .0448, .0336,
                                .0576, .1130, .0102, .0947, .0532};
  const std::vector<std::int64_t> sizes{36864,   36864,   36864,  36864,   73728,  147456, 8192,
                                        147456,  147456,  294912, 589824,  32768,  589824, 589824,
                                        1179648, 2359296, 131072, 2359296, 2359296};
  quant::Knapsack out;
  std::int64_t all = 0;
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    out.items.push_back(
        {{4, 4 * sizes[l], trace[l] * at4[l]}, {8, 8 * sizes[l], trace[l] * at8[l]}});
    all += sizes[l];
  }
  out.budget = static_cast<std::int64_t>(average_bits * static_cast<double>(all));
  return out;
}

/// "8844": the bits of each item.
inline std::string bits_text(const quant::Knapsack& k, const quant::Picks& picks) {
  std::string out;
  for (std::size_t i = 0; i < picks.size(); ++i) out += std::to_string(k.items[i][picks[i]].bits);
  return out;
}

/// The least score of all choices within the budget.
inline double least_score(const quant::Knapsack& k) {
  double best = 1e300;
  quant::Picks picks(k.items.size(), 0);
  for (;;) {
    if (quant::cost_of(k, picks) <= k.budget) best = std::min(best, quant::score_of(k, picks));
    std::size_t i = 0;
    while (i < picks.size() && ++picks[i] == k.items[i].size()) picks[i++] = 0;
    if (i == picks.size()) return best;
  }
}

}  // namespace quant_test

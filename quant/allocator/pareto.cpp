// All items start at their dearest option.  The pairs of item and cheaper option are ranked by how
// much score the item loses in going there from the start, and are taken in that order, the
// harmless first, until the costs fit: each makes one point of a curve of cost against score, and
// the first point inside the budget is the answer.  Costs do not enter the ranking.
// source: AIMET's automatic mixed precision (sensitivity list, flipped cumulatively).
// deviation: the end is a budget of bits instead of an allowed loss of accuracy, and scores are
// sums instead of accuracies measured along the curve.
#include <algorithm>

#include "quant/allocator/allocator.h"

namespace quant {
namespace {

struct Flip {
  double loss;
  std::size_t item, option;
};

struct Pareto final : Allocator {
  explicit Pareto(core::Params&) {}
  Picks operator()(const Knapsack& knapsack) const override {
    check_knapsack("pareto", knapsack);
    Picks picks;
    std::int64_t cost = 0;
    std::vector<Flip> flips;
    for (std::size_t i = 0; i < knapsack.items.size(); ++i) {
      const std::vector<BitOption>& item = knapsack.items[i];
      const auto dearest =
          std::max_element(item.begin(), item.end(),
                           [](const BitOption& a, const BitOption& b) { return a.cost < b.cost; });
      picks.push_back(static_cast<std::size_t>(dearest - item.begin()));
      cost += dearest->cost;
      for (std::size_t o = 0; o < item.size(); ++o) {
        if (item[o].cost < dearest->cost) flips.push_back({item[o].score - dearest->score, i, o});
      }
    }
    std::stable_sort(flips.begin(), flips.end(),
                     [](const Flip& a, const Flip& b) { return a.loss < b.loss; });
    for (const Flip& flip : flips) {
      if (cost <= knapsack.budget) break;
      const std::vector<BitOption>& item = knapsack.items[flip.item];
      const std::int64_t saved = item[picks[flip.item]].cost - item[flip.option].cost;
      if (saved <= 0) continue;  // already cheaper
      picks[flip.item] = flip.option;
      cost -= saved;
    }
    return picks;
  }
};

const core::Registered<Allocator, Pareto> kRegistered{"pareto"};

}  // namespace
}  // namespace quant

// The same bits for every item that has a choice: the most that the budget allows.  What mixed
// precision is compared with at the same budget.
#include <algorithm>
#include <set>

#include "core/error.h"
#include "quant/allocator/allocator.h"

namespace quant {
namespace {

struct UniformBits final : Allocator {
  explicit UniformBits(core::Params&) {}
  bool reads_scores() const override { return false; }
  Picks operator()(const Knapsack& knapsack) const override {
    check_knapsack("uniform_bits", knapsack);
    std::set<int> all;
    for (const std::vector<BitOption>& item : knapsack.items) {
      if (item.size() == 1) continue;
      for (const BitOption& o : item) all.insert(o.bits);
    }
    Picks best(knapsack.items.size(), 0);
    bool found = all.empty();
    for (const int bits : all) {
      Picks picks;
      for (const std::vector<BitOption>& item : knapsack.items) {
        const auto at = std::find_if(item.begin(), item.end(),
                                     [bits](const BitOption& o) { return o.bits == bits; });
        core::require_input("uniform_bits", at != item.end() || item.size() == 1,
                            "all items must have the same candidates; one lacks {} bit", bits);
        picks.push_back(item.size() == 1 ? 0 : static_cast<std::size_t>(at - item.begin()));
      }
      if (cost_of(knapsack, picks) > knapsack.budget) continue;
      best = std::move(picks);
      found = true;
    }
    core::require_input("uniform_bits", found, "no candidate fits the budget of {} everywhere",
                        knapsack.budget);
    return best;
  }
};

const core::Registered<Allocator, UniformBits> kRegistered{"uniform_bits"};

}  // namespace
}  // namespace quant

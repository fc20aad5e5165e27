// Allocator: which of its options every item of a knapsack takes, so that the costs fit a budget.
//
// An item is what gets a number of bits of its own: a layer, an output channel, or several layers
// that must agree.  An option is one candidate of it with a whole cost and a score, lower is
// better; scores are summed.  A strategy is a pure function without a network.  Costs are whole
// numbers (bits of weights, or bit operations), so that nothing is lost in sums.
// source: methods known as mixed precision (HAWQ-V3's integer programme, AIMET's Pareto list).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/config/registry.h"

namespace quant {

/// One candidate of an item.
struct BitOption {
  int bits;
  std::int64_t cost;
  double score;
};

struct Knapsack {
  std::vector<std::vector<BitOption>> items;
  std::int64_t budget = 0;  // of the sum of costs, reached or not
};

/// The option of each item, by place in its list.
using Picks = std::vector<std::size_t>;

class Allocator {
 public:
  static constexpr std::string_view kind = "allocator";
  virtual ~Allocator() = default;
  /// Picks that keep to the budget.  throws: InputError as check_knapsack.
  virtual Picks operator()(const Knapsack& knapsack) const = 0;
  /// False when the picks do not depend on scores.
  virtual bool reads_scores() const { return true; }
};

/// throws: InputError for no items, an item without options, a cost below 0, a score that is not
/// finite, and a budget that even the cheapest options exceed.
void check_knapsack(std::string_view op, const Knapsack& knapsack);

/// The sums over the picked options.
std::int64_t cost_of(const Knapsack& knapsack, const Picks& picks);
double score_of(const Knapsack& knapsack, const Picks& picks);

/// One item for all items of a group, with summed costs and scores: layers that share their bits.
/// groups: one number an item; items keep the order of their first members.
/// throws: InputError when members of a group differ in the bits of their options.
Knapsack join_groups(const Knapsack& knapsack, std::span<const std::size_t> groups);

/// The picks of the items from those of the joined ones.
Picks picks_of_members(const Picks& joined, std::span<const std::size_t> groups);

/// From the cheapest options on, the affordable step with the largest gain of score by cost, until
/// none is left that gains: the strategy `greedy`, and a first bound for others.
Picks greedy_picks(const Knapsack& knapsack);

}  // namespace quant

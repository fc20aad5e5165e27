#include "quant/allocator/allocator.h"

#include <cmath>
#include <map>
#include <queue>

#include "core/error.h"

namespace quant {
namespace {

std::size_t cheapest(const std::vector<BitOption>& item) {
  std::size_t best = 0;
  for (std::size_t o = 1; o < item.size(); ++o) {
    const bool cheaper = item[o].cost < item[best].cost;
    if (cheaper || (item[o].cost == item[best].cost && item[o].score < item[best].score)) best = o;
  }
  return best;
}

/// The number of each group in order of its first member.
std::vector<std::size_t> places_of(std::span<const std::size_t> groups) {
  std::map<std::size_t, std::size_t> place;
  std::vector<std::size_t> out;
  for (const std::size_t g : groups) out.push_back(place.emplace(g, place.size()).first->second);
  return out;
}

/// A step of one item to a dearer option.
struct Upgrade {
  double ratio;  // gain of score by cost
  std::size_t item, option;
  bool operator<(const Upgrade& other) const {  // the heap gives the largest first
    return ratio != other.ratio ? ratio < other.ratio : item > other.item;
  }
};

}  // namespace

void check_knapsack(std::string_view op, const Knapsack& knapsack) {
  core::require_input(op, !knapsack.items.empty(), "there must be something to give bits to");
  std::int64_t least = 0;
  for (std::size_t i = 0; i < knapsack.items.size(); ++i) {
    const std::vector<BitOption>& item = knapsack.items[i];
    core::require_input(op, !item.empty(), "item {} must have a candidate", i);
    for (const BitOption& o : item) {
      core::require_input(op, o.cost >= 0 && std::isfinite(o.score),
                          "costs must not be negative and scores must be finite; item {} at {} bit "
                          "has cost {}, score {}",
                          i, o.bits, o.cost, o.score);
    }
    least += item[cheapest(item)].cost;
  }
  core::require_input(op, least <= knapsack.budget,
                      "the budget of {} must allow the cheapest candidates, which cost {}",
                      knapsack.budget, least);
}

std::int64_t cost_of(const Knapsack& knapsack, const Picks& picks) {
  std::int64_t out = 0;
  for (std::size_t i = 0; i < picks.size(); ++i) out += knapsack.items[i].at(picks[i]).cost;
  return out;
}

double score_of(const Knapsack& knapsack, const Picks& picks) {
  double out = 0;
  for (std::size_t i = 0; i < picks.size(); ++i) out += knapsack.items[i].at(picks[i]).score;
  return out;
}

Knapsack join_groups(const Knapsack& knapsack, std::span<const std::size_t> groups) {
  core::require_input("allocate", groups.size() == knapsack.items.size(),
                      "there must be one group an item; got {} groups, {} items", groups.size(),
                      knapsack.items.size());
  const std::vector<std::size_t> place = places_of(groups);
  Knapsack out{{}, knapsack.budget};
  for (std::size_t i = 0; i < place.size(); ++i) {
    const std::vector<BitOption>& item = knapsack.items[i];
    if (place[i] == out.items.size()) {
      out.items.push_back(item);
      continue;
    }
    std::vector<BitOption>& joined = out.items[place[i]];
    bool same = joined.size() == item.size();
    for (std::size_t o = 0; same && o < item.size(); ++o) same = joined[o].bits == item[o].bits;
    core::require_input("allocate", same, "what shares its bits must have the same candidates");
    for (std::size_t o = 0; o < item.size(); ++o) {
      joined[o].cost += item[o].cost;
      joined[o].score += item[o].score;
    }
  }
  return out;
}

Picks picks_of_members(const Picks& joined, std::span<const std::size_t> groups) {
  Picks out;
  for (const std::size_t place : places_of(groups)) out.push_back(joined.at(place));
  return out;
}

Picks greedy_picks(const Knapsack& knapsack) {
  Picks picks;
  std::int64_t left = knapsack.budget;
  for (const std::vector<BitOption>& item : knapsack.items) {
    picks.push_back(cheapest(item));
    left -= item[picks.back()].cost;
  }
  std::priority_queue<Upgrade> heap;
  // what does not fit once never fits again: the money only gets less
  const auto offer = [&](std::size_t i) {
    const BitOption& now = knapsack.items[i][picks[i]];
    Upgrade best{0, i, picks[i]};
    for (std::size_t o = 0; o < knapsack.items[i].size(); ++o) {
      const BitOption& other = knapsack.items[i][o];
      const std::int64_t price = other.cost - now.cost;
      const double gain = now.score - other.score;
      if (price <= 0 || price > left || !(gain > 0)) continue;
      const double ratio = gain / static_cast<double>(price);
      if (ratio > best.ratio) best = {ratio, i, o};
    }
    if (best.option != picks[i]) heap.push(best);
  };
  for (std::size_t i = 0; i < knapsack.items.size(); ++i) offer(i);
  while (!heap.empty()) {
    const Upgrade step = heap.top();
    heap.pop();
    const std::vector<BitOption>& item = knapsack.items[step.item];
    const std::int64_t price = item[step.option].cost - item[picks[step.item]].cost;
    if (price <= left) {
      left -= price;
      picks[step.item] = step.option;
    }
    offer(step.item);
  }
  return picks;
}

}  // namespace quant

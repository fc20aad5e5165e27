// The least sum of scores within the budget, exactly: the multiple-choice knapsack by dynamic
// programming over the frontier of (cost, score).
//
// Item by item, every way to spend is kept that no other beats in cost and score at once; nothing
// is put into buckets, so costs of any size are exact.  What cannot become the best is dropped
// early: for every l >= 0 the rest of the items adds at least sum_i min_o (score + l cost) - l
// (money left) (weak Lagrange duality; l is the price at which the relaxed problem spends the
// budget), and greedy gives an answer that is there already.  Equal sums: the cheaper, then the
// option listed first. source: dynamic programming for knapsacks; methods use it with 10 000
// buckets (SPDY).
#include <algorithm>
#include <limits>

#include "core/error.h"
#include "quant/allocator/allocator.h"

namespace quant {
namespace {

constexpr std::size_t kMostStates = std::size_t{1} << 26;  // held at once: 1.6 GB
constexpr double kSlack = 1e-9;  // of the bound, relative: sums are rounded

struct Way {
  std::int64_t cost;
  double score;
  std::uint32_t from;  // its place among the ways of the items before
  std::uint32_t option;
};

/// The steps between neighbours of the lower convex hull of an item, as gain by cost and cost.
struct HullStep {
  double ratio;
  std::int64_t cost;
};
void add_hull(const std::vector<BitOption>& item, std::vector<HullStep>& to, std::int64_t& least) {
  std::vector<BitOption> sorted = item;
  std::sort(sorted.begin(), sorted.end(), [](const BitOption& a, const BitOption& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.score < b.score;
  });
  std::vector<BitOption> hull;
  const auto ratio = [](const BitOption& a, const BitOption& b) {
    return (a.score - b.score) / static_cast<double>(b.cost - a.cost);
  };
  for (const BitOption& o : sorted) {
    if (!hull.empty() && o.score >= hull.back().score) continue;
    while (hull.size() > 1 && ratio(hull[hull.size() - 2], hull.back()) <= ratio(hull.back(), o))
      hull.pop_back();
    hull.push_back(o);
  }
  least += hull.front().cost;
  for (std::size_t k = 1; k < hull.size(); ++k)
    to.push_back({ratio(hull[k - 1], hull[k]), hull[k].cost - hull[k - 1].cost});
}

/// The price of a unit of cost at which the relaxed problem spends the budget; 0: it does not.
double price_of(const Knapsack& knapsack) {
  std::vector<HullStep> steps;
  std::int64_t spent = 0;
  for (const std::vector<BitOption>& item : knapsack.items) add_hull(item, steps, spent);
  std::stable_sort(steps.begin(), steps.end(),
                   [](const HullStep& a, const HullStep& b) { return a.ratio > b.ratio; });
  for (const HullStep& step : steps) {
    spent += step.cost;
    if (spent > knapsack.budget) return step.ratio;
  }
  return 0;
}

/// What the items from each place on add at least, in cost and in priced score.
struct Rest {
  std::vector<std::int64_t> cost;
  std::vector<double> priced;
  Rest(const Knapsack& knapsack, double price)
      : cost(knapsack.items.size() + 1, 0), priced(knapsack.items.size() + 1, 0.0) {
    for (std::size_t i = knapsack.items.size(); i-- > 0;) {
      std::int64_t least = std::numeric_limits<std::int64_t>::max();
      double best = std::numeric_limits<double>::infinity();
      for (const BitOption& o : knapsack.items[i]) {
        least = std::min(least, o.cost);
        best = std::min(best, o.score + price * static_cast<double>(o.cost));
      }
      cost[i] = cost[i + 1] + least;
      priced[i] = priced[i + 1] + best;
    }
  }
};

struct Dp final : Allocator {
  explicit Dp(core::Params&) {}

  Picks operator()(const Knapsack& knapsack) const override {
    check_knapsack("dp", knapsack);
    const double price = price_of(knapsack);
    const Rest rest(knapsack, price);
    const double reached = score_of(knapsack, greedy_picks(knapsack));
    const double size = sum_of_sizes(knapsack) + price * static_cast<double>(knapsack.budget);
    const double bound = reached + kSlack * size;
    std::vector<std::vector<Way>> ways{{{0, 0.0, 0, 0}}};
    std::size_t held = 1;
    for (std::size_t i = 0; i < knapsack.items.size(); ++i) {
      std::vector<Way> next;
      for (std::size_t w = 0; w < ways[i].size(); ++w) {
        for (std::size_t o = 0; o < knapsack.items[i].size(); ++o) {
          const BitOption& option = knapsack.items[i][o];
          const std::int64_t cost = ways[i][w].cost + option.cost;
          const double score = ways[i][w].score + option.score;
          if (cost + rest.cost[i + 1] > knapsack.budget) continue;
          const double left = static_cast<double>(knapsack.budget - cost);
          if (score + rest.priced[i + 1] - price * left > bound) continue;
          next.push_back(
              {cost, score, static_cast<std::uint32_t>(w), static_cast<std::uint32_t>(o)});
        }
        core::require_input("dp", held + next.size() < kMostStates,
                            "this many items and candidates have too many ways to spend the "
                            "budget for an exact answer; greedy gives a near one");
      }
      keep_frontier(next);
      held += next.size();
      ways.push_back(std::move(next));
    }
    // scores fall along a frontier
    std::size_t at = ways.back().size() - 1;
    Picks picks(knapsack.items.size());
    for (std::size_t i = knapsack.items.size(); i-- > 0;) {
      const Way& way = ways[i + 1][at];
      picks[i] = way.option;
      at = way.from;
    }
    return picks;
  }

 private:
  /// By rising cost, each with a lower score than all before it.
  static void keep_frontier(std::vector<Way>& ways) {
    std::stable_sort(ways.begin(), ways.end(), [](const Way& a, const Way& b) {
      return a.cost != b.cost ? a.cost < b.cost : a.score < b.score;
    });
    std::size_t kept = 0;
    for (const Way& way : ways) {
      if (kept > 0 && way.score >= ways[kept - 1].score) continue;
      ways[kept++] = way;
    }
    ways.resize(kept);
  }

  /// The largest sum of absolute scores: what rounding is relative to.
  static double sum_of_sizes(const Knapsack& knapsack) {
    double out = 0;
    for (const std::vector<BitOption>& item : knapsack.items) {
      double most = 0;
      for (const BitOption& o : item) most = std::max(most, std::abs(o.score));
      out += most;
    }
    return out;
  }
};

const core::Registered<Allocator, Dp> kRegistered{"dp"};

}  // namespace
}  // namespace quant

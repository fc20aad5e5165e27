#include <doctest/doctest.h>

#include "tests/quant/allocate/knapsacks.h"
#include "tests/quant/helpers.h"

using quant::Knapsack;
using quant::Picks;

namespace {

Picks dp(const Knapsack& k) { return (*quant_test::make<quant::Allocator>("dp"))(k); }

}  // namespace

TEST_CASE("dp finds the best bits of HAWQ's ResNet-18 at every budget") {
  CHECK(quant::score_of(quant_test::resnet18(4), Picks(19, 0)) == doctest::Approx(1.307713));
  CHECK(quant::score_of(quant_test::resnet18(8), Picks(19, 1)) ==
        doctest::Approx(0.004258).epsilon(1e-3));
  const auto check = [](double average, const char* bits, double score) {
    const Knapsack k = quant_test::resnet18(average);
    const Picks picks = dp(k);
    CHECK(quant_test::bits_text(k, picks) == bits);
    CHECK(quant::score_of(k, picks) == doctest::Approx(score).epsilon(1e-5));
  };
  check(4, "4444444444444444444", 1.307713);
  check(5, "8888888888888844444", 0.118300);
  check(6, "8888888888888884844", 0.074506);
  check(7, "8888888888888488884", 0.033441);
  check(8, "8888888888888888888", 0.0042579);
}

TEST_CASE("with HAWQ's ties, shortcut and first convolution of a block, the best bits stay") {
  std::vector<std::size_t> groups(19);
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = i;
  groups[6] = 4;
  groups[11] = 9;
  groups[16] = 14;
  for (const double average : {5.0, 6.0, 7.0}) {
    const Knapsack k = quant_test::resnet18(average);
    const Picks tied = quant::picks_of_members(dp(quant::join_groups(k, groups)), groups);
    CHECK(quant_test::bits_text(k, tied) == quant_test::bits_text(k, dp(k)));
  }
}

TEST_CASE("dp equals the best of all choices on small random knapsacks, whatever the scores do") {
  core::Rng rng(5);
  for (int round = 0; round < 200; ++round) {
    const Knapsack k = quant_test::random_knapsack(rng, 5, {2, 3, 4, 8}, round % 2 == 0);
    const Picks picks = dp(k);
    CHECK(quant::cost_of(k, picks) <= k.budget);
    CHECK(quant::score_of(k, picks) == doctest::Approx(quant_test::least_score(k)).epsilon(1e-12));
  }
}

TEST_CASE("dp takes scores below zero and scores that are all alike") {
  const Knapsack negative{{{{2, 4, -1.0}, {4, 8, -3.0}}, {{2, 4, -2.0}, {4, 8, -2.5}}}, 12};
  CHECK(dp(negative) == Picks{1, 0});
  const Knapsack alike{{{{2, 4, 1.0}, {4, 8, 1.0}}, {{2, 4, 1.0}, {4, 8, 1.0}}}, 12};
  CHECK(dp(alike) == Picks{0, 0});  // of equal sums the cheapest
}

TEST_CASE("dp is exact over a thousand channels with costs that share no divisor") {
  core::Rng rng(6);
  Knapsack k = quant_test::random_knapsack(rng, 1000, {2, 3, 4, 5, 6, 8});
  const Picks best = dp(k);
  CHECK(quant::cost_of(k, best) <= k.budget);
  CHECK(quant::score_of(k, best) <= quant::score_of(k, quant::greedy_picks(k)));
  // by moving one item up and another down nothing gets better
  for (std::size_t i = 0; i + 1 < 40; ++i) {
    for (std::size_t o = 0; o < 6; ++o) {
      for (std::size_t p = 0; p < 6; ++p) {
        Picks other = best;
        other[i] = o, other[i + 1] = p;
        if (quant::cost_of(k, other) <= k.budget)
          CHECK(quant::score_of(k, other) >= quant::score_of(k, best) - 1e-9);
      }
    }
  }
}

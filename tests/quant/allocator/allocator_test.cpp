#include "quant/allocator/allocator.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/quant/allocate/knapsacks.h"
#include "tests/quant/helpers.h"

using quant::BitOption;
using quant::Knapsack;
using quant::Picks;

TEST_CASE("costs and scores are sums over the picks") {
  const Knapsack k{{{{2, 20, 1.0}, {4, 40, 0.5}}, {{2, 6, 3.0}, {4, 12, 0.25}}}, 100};
  CHECK(quant::cost_of(k, {1, 0}) == 46);
  CHECK(quant::score_of(k, {1, 0}) == 3.5);
}

TEST_CASE("members of a group become one item with summed costs and scores, and share its pick") {
  const Knapsack k{
      {{{2, 2, 1.0}, {4, 4, 0.5}}, {{2, 20, 8.0}, {4, 40, 2.0}}, {{2, 6, 3.0}, {4, 12, 1.0}}}, 50};
  const std::vector<std::size_t> groups{7, 3, 7};
  const Knapsack joined = quant::join_groups(k, groups);
  REQUIRE(joined.items.size() == 2);
  CHECK(joined.budget == 50);
  CHECK(joined.items[0][1].cost == 16);
  CHECK(joined.items[0][0].score == 4.0);
  CHECK(joined.items[1][0].cost == 20);
  CHECK(quant::picks_of_members({1, 0}, groups) == Picks{1, 0, 1});
}

TEST_CASE("what shares its bits must have the same candidates") {
  const Knapsack k{{{{2, 2, 1.0}}, {{4, 4, 1.0}}}, 50};
  const std::vector<std::size_t> one{0, 0}, few{0};
  CHECK_THROWS_WITH_AS(quant::join_groups(k, one),
                       doctest::Contains("must have the same candidates"), core::InputError);
  CHECK_THROWS_AS(quant::join_groups(k, few), core::InputError);
}

TEST_CASE("every allocator refuses what has no answer, with one clear error") {
  for (const std::string& name : core::Registry<quant::Allocator>::names()) {
    CAPTURE(name);
    const auto allocator = quant_test::make<quant::Allocator>(name);
    const auto refused = [&](const Knapsack& k, const char* why) {
      CHECK_THROWS_WITH_AS((*allocator)(k), doctest::Contains(why), core::InputError);
    };
    refused({{}, 10}, "something to give bits to");
    refused({{{{2, 1, 1.0}}, {}}, 10}, "item 1 must have a candidate");
    refused({{{{2, 1, std::nan("")}}}, 10}, "scores must be finite");
    refused({{{{2, -1, 1.0}}}, 10}, "must not be negative");
    refused({{{{2, 6, 1.0}, {4, 12, 0.5}}, {{2, 6, 1.0}}}, 11},
            "cheapest candidates, which cost 12");
  }
}

TEST_CASE(
    "every allocator keeps to the budget, takes everything when it may and the least when it "
    "must") {
  core::Rng rng(3);
  for (const std::string& name : core::Registry<quant::Allocator>::names()) {
    CAPTURE(name);
    const auto allocator = quant_test::make<quant::Allocator>(name);
    for (int round = 0; round < 20; ++round) {
      Knapsack k = quant_test::random_knapsack(rng, 6, {2, 3, 4, 8});
      const Picks picks = (*allocator)(k);
      REQUIRE(picks.size() == k.items.size());
      CHECK(quant::cost_of(k, picks) <= k.budget);
      k.budget = quant::cost_of(k, Picks(6, 3));
      CHECK((*allocator)(k) == Picks(6, 3));
      k.budget = quant::cost_of(k, Picks(6, 0));
      CHECK((*allocator)(k) == Picks(6, 0));
    }
  }
}

TEST_CASE("one candidate everywhere, and the same candidate twice, have an answer") {
  for (const std::string& name : core::Registry<quant::Allocator>::names()) {
    const auto allocator = quant_test::make<quant::Allocator>(name);
    CHECK((*allocator)({{{{4, 8, 2.0}}, {{4, 4, 1.0}}}, 12}) == Picks{0, 0});
    const Knapsack twice{{{{2, 4, 2.0}, {2, 4, 2.0}, {4, 8, 1.0}}}, 5};
    CHECK(twice.items[0][(*allocator)(twice)[0]].bits == 2);
  }
}

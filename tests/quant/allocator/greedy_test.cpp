#include <doctest/doctest.h>

#include "tests/quant/allocate/knapsacks.h"
#include "tests/quant/helpers.h"

using quant::Knapsack;
using quant::Picks;

namespace {

Picks pick(const char* name, const Knapsack& k) {
  return (*quant_test::make<quant::Allocator>(name))(k);
}

}  // namespace

TEST_CASE("greedy spends HAWQ's ResNet-18 budgets by ratio") {
  const auto check = [](double average, const char* bits, double score) {
    const Knapsack k = quant_test::resnet18(average);
    const Picks picks = pick("greedy", k);
    CHECK(quant_test::bits_text(k, picks) == bits);
    CHECK(quant::score_of(k, picks) == doctest::Approx(score).epsilon(1e-5));
  };
  check(5, "8888888888888444844", 0.120608);
  check(6, "8888888888888884844", 0.074506);
  check(7, "8888888888888884884", 0.045273);
}

TEST_CASE("the exact solver is never worse than greedy, nor greedy than the cheapest choice") {
  core::Rng rng(8);
  int better = 0;
  for (int round = 0; round < 200; ++round) {
    const Knapsack k = quant_test::random_knapsack(rng, 8, {2, 3, 4, 5}, round % 2 == 0);
    const double exact = quant::score_of(k, pick("dp", k)),
                 greedy = quant::score_of(k, pick("greedy", k));
    CHECK(exact <= greedy + 1e-12);
    CHECK(greedy <= quant::score_of(k, Picks(8, 0)));
    better += exact < greedy - 1e-9;
  }
  CHECK(better > 10);
}

TEST_CASE("greedy goes on past a step that does not fit, and takes no step without a gain") {
  const Knapsack k{
      {{{2, 20, 9.0}, {4, 40, 0.0}}, {{2, 2, 1.0}, {4, 4, 0.9}}, {{2, 2, 1.0}, {4, 4, 1.5}}}, 27};
  CHECK(pick("greedy", k) == Picks{0, 1, 0});
}

#include <doctest/doctest.h>

#include "tests/quant/allocate/knapsacks.h"
#include "tests/quant/helpers.h"

using quant::Knapsack;
using quant::Picks;

namespace {

Picks pareto(const Knapsack& k) { return (*quant_test::make<quant::Allocator>("pareto"))(k); }

}  // namespace

TEST_CASE("pareto lowers the least sensitive layers first, whatever they cost") {
  // losses from 8 bit: 0.1, 5, 0.2; sizes 1, 10, 100
  Knapsack k{
      {{{4, 4, 0.1}, {8, 8, 0.0}}, {{4, 40, 5.0}, {8, 80, 0.0}}, {{4, 400, 0.2}, {8, 800, 0.0}}},
      0};
  k.budget = 888;
  CHECK(pareto(k) == Picks{1, 1, 1});
  k.budget = 887;
  CHECK(pareto(k) == Picks{0, 1, 1});
  k.budget = 883;
  CHECK(pareto(k) == Picks{0, 1, 0});
  k.budget = 483;
  CHECK(pareto(k) == Picks{0, 0, 0});
}

TEST_CASE("pareto flips a layer again when a cheaper candidate comes up, and never back") {
  Knapsack k{{{{2, 2, 3.0}, {4, 4, 2.0}, {8, 8, 0.0}}, {{2, 2, 2.5}, {4, 4, 2.6}, {8, 8, 0.0}}}, 6};
  // order: item 0 to 4 bit (2.0), item 1 to 2 bit (2.5); then it fits
  CHECK(pareto(k) == Picks{1, 0});
  k.budget = 4;  // item 1 to 4 bit (2.6) would be dearer; item 0 to 2 bit (3.0)
  CHECK(pareto(k) == Picks{0, 0});
}

TEST_CASE("pareto on HAWQ's ResNet-18 is what the ranking by sensitivity gives") {
  const Knapsack k = quant_test::resnet18(6);
  CHECK(quant_test::bits_text(k, pareto(k)) == "8888888848848484484");
  CHECK(quant::score_of(k, pareto(k)) == doctest::Approx(0.100509526));
}

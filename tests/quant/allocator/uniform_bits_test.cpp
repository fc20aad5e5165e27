#include <doctest/doctest.h>

#include "tests/quant/allocate/knapsacks.h"
#include "tests/quant/helpers.h"

using quant::Knapsack;
using quant::Picks;

TEST_CASE("uniform_bits gives everything the most bits that fit and reads no scores") {
  const auto uniform = quant_test::make<quant::Allocator>("uniform_bits");
  CHECK_FALSE(uniform->reads_scores());
  Knapsack k{{{{2, 20, 0.0}, {3, 30, 0.0}, {4, 40, 0.0}}, {{2, 2, 0.0}, {3, 3, 0.0}, {4, 4, 0.0}}},
             38};
  CHECK((*uniform)(k) == Picks{1, 1});
  k.budget = 44;
  CHECK((*uniform)(k) == Picks{2, 2});
  k.items.push_back({{8, 10, 0.0}});  // fixed, but counted
  CHECK((*uniform)(k) == Picks{1, 1, 0});
}

TEST_CASE("uniform_bits needs the same candidates everywhere") {
  const auto uniform = quant_test::make<quant::Allocator>("uniform_bits");
  CHECK_THROWS_WITH_AS((*uniform)({{{{2, 2, 0.0}, {3, 3, 0.0}}, {{2, 2, 0.0}, {4, 4, 0.0}}}, 100}),
                       doctest::Contains("the same candidates"), core::InputError);
}

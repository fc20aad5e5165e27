#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using quant::Selection;
using quant_test::picked;

TEST_CASE("random picks exactly the asked share, by the generator alone") {
  const auto weight = quant_test::random_weight();
  for (const double share : {0.0, 0.1, 0.5, 1.0}) {
    const auto random = quant_test::make<Selection>("random", {{"share", share}});
    const std::set<int> one = picked(random->mask(weight, nullptr, core::Rng(1)));
    CHECK(one.size() == static_cast<std::size_t>(360 * share));
    CHECK(one == picked(random->mask(weight, nullptr, core::Rng(1))));
    if (share == 0.5) CHECK(one != picked(random->mask(weight, nullptr, core::Rng(2))));
  }
}

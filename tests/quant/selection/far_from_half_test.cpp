#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using quant::Selection;
using quant_test::picked;

TEST_CASE("far_from_half picks what near_half leaves") {
  const auto weight = quant_test::random_weight();
  for (const double distance : {0.0, 0.1, 0.25, 0.5}) {
    const auto of = [&](const char* name) {
      return picked(quant_test::make<Selection>(name, {{"distance", distance}})
                        ->mask(weight, nullptr, core::Rng(1)));
    };
    const std::set<int> far = of("far_from_half"), near = of("near_half");
    CHECK(far.size() + near.size() == 360);
    for (const int i : far) CHECK_FALSE(near.contains(i));
  }
}

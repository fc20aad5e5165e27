#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using core::Tensor;
using quant::Selection;
using quant_test::picked;

TEST_CASE("magnitude_top picks the asked share, the largest first, the earlier at ties") {
  const auto weight = quant_test::fractions(Tensor::of<float>({5}, {1, -3, 2, -2, 0.5}));
  const auto mask = [&](double share) {
    return picked(quant_test::make<Selection>("magnitude_top", {{"share", share}})
                      ->mask(weight, nullptr, core::Rng(1)));
  };
  CHECK(mask(0.0).empty());
  CHECK(mask(0.2) == std::set{1});
  CHECK(mask(0.4) == std::set{1, 2});
  CHECK(mask(1.0).size() == 5);
}

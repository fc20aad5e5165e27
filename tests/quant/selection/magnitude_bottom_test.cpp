#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using core::Tensor;
using quant::Selection;
using quant_test::picked;

TEST_CASE("magnitude_bottom picks the asked share, the smallest first") {
  const auto weight = quant_test::fractions(Tensor::of<float>({5}, {1, -3, 2, -2, 0.5}));
  const auto mask = [&](double share) {
    return picked(quant_test::make<Selection>("magnitude_bottom", {{"share", share}})
                      ->mask(weight, nullptr, core::Rng(1)));
  };
  CHECK(mask(0.2) == std::set{4});
  CHECK(mask(0.6) == std::set{0, 2, 4});
}

#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"
#include "tests/quant/variable/bent.h"

using core::Tensor;
using quant::Selection;
using quant_test::picked;

TEST_CASE("near_half picks the weights whose fraction is within the distance of one half") {
  const auto weight =
      quant_test::fractions(Tensor::of<float>({6}, {0.5f, 1.25f, -1.25f, 2.125f, -0.125f, 3.0f}));
  const auto mask = [&](double distance) {
    return picked(quant_test::make<Selection>("near_half", {{"distance", distance}})
                      ->mask(weight, nullptr, core::Rng(1)));
  };
  CHECK(mask(0.0) == std::set{0});
  CHECK(mask(0.25) == std::set{0, 1, 2});
  CHECK(mask(0.5).size() == 6);
}

TEST_CASE("on a power grid the fraction is that of the position on the axis of codes") {
  // m = 9, q = 3, exponent 1/2: positions 3, 2.5, -1.5, 1, 0
  const auto weight =
      quant_test::bent(Tensor::of<float>({5}, {9.0f, 6.25f, -2.25f, 1.0f, 0.0f}), 3, 0.5, false);
  CHECK(picked(quant_test::make<Selection>("near_half", {{"distance", 0.1}})
                   ->mask(weight, nullptr, core::Rng(1))) == std::set{1, 2});
}

#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using quant::Selection;

namespace {

std::vector<int> taken(quant_test::Keys keys) {
  const auto layers = quant_test::make<Selection>("layers", keys);
  std::vector<int> out;
  for (int i = 0; i < 5; ++i) {
    if (layers->takes_layer({.index = i, .count = 5, .depthwise = i == 1 || i == 3}))
      out.push_back(i);
  }
  return out;
}

}  // namespace

TEST_CASE("layers takes the first k, the last k, or the depthwise convolutions") {
  CHECK(taken({}) == std::vector<int>{0});
  CHECK(taken({{"which", "first"}, {"k", 3}}) == std::vector<int>{0, 1, 2});
  CHECK(taken({{"which", "last"}, {"k", 2}}) == std::vector<int>{3, 4});
  CHECK(taken({{"which", "last"}, {"k", 9}}) == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(taken({{"which", "depthwise"}}) == std::vector<int>{1, 3});
  CHECK_THROWS_AS(taken({{"which", "depthwise"}, {"k", 2}}), core::ConfigError);
  CHECK_THROWS_AS(taken({{"k", 0}}), core::ConfigError);
}

TEST_CASE("every weight of a layer that is taken learns from the first step") {
  const auto weight = quant_test::random_weight();
  const auto layers = quant_test::make<Selection>("layers");
  CHECK(quant_test::picked(layers->mask(weight, nullptr, core::Rng(1))).size() == 360);
}

#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using core::Tensor;
using quant::Selection;

TEST_CASE("progressive starts weights by their distance from one half, all of them in the end") {
  const auto weight = quant_test::fractions(Tensor::of<float>({4}, {0.5f, 1.25f, 2.0f, -0.75f}));
  const auto starts = [&](const char* first) {
    return quant_test::make<Selection>("progressive", {{"until", 0.5}, {"first", first}})
        ->mask(weight, nullptr, core::Rng(1))
        .values();
  };
  CHECK(starts("near_half") == std::vector<double>{0, 0.25, 0.5, 0.25});
  CHECK(starts("far_from_half") == std::vector<double>{0.5, 0.25, 0, 0.25});
}

#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using core::Tensor;
using quant::Selection;
using quant_test::picked;

TEST_CASE("top_gradient_error picks the largest products of gradient and rounding error") {
  const auto weight = quant_test::fractions(Tensor::of<float>({4}, {1.0f, 2.4f, 3.1f, -0.3f}));
  const auto top = quant_test::make<Selection>("top_gradient_error", {{"share", 0.5}});
  CHECK(top->needs_gradient());
  const Tensor gradient = Tensor::of<float>({4}, {100, -1, 2, 1});  // 0, .4, .2, .3
  CHECK(picked(top->mask(weight, &gradient, core::Rng(1))) == std::set{1, 3});
  CHECK_THROWS_AS(top->mask(weight, nullptr, core::Rng(1)), core::ShapeError);
}

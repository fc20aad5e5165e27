#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using core::Tensor;
using quant::Selection;
using quant_test::picked;

TEST_CASE("top_gradient picks the largest gradients and refuses to go without") {
  const auto weight = quant_test::fractions(Tensor::of<float>({4}, {1, 2, 3, 4}));
  const auto top = quant_test::make<Selection>("top_gradient", {{"share", 0.5}});
  CHECK(top->needs_gradient());
  const Tensor gradient = Tensor::of<float>({4}, {0.1f, -5.0f, 0.0f, 2.0f});
  CHECK(picked(top->mask(weight, &gradient, core::Rng(1))) == std::set{1, 3});
  CHECK_THROWS_AS(top->mask(weight, nullptr, core::Rng(1)), core::ShapeError);
  const Tensor other = Tensor::zeros({5});
  CHECK_THROWS_AS(top->mask(weight, &other, core::Rng(1)), core::ShapeError);
}

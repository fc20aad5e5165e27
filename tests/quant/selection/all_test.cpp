#include <doctest/doctest.h>

#include "tests/quant/selection/weights.h"

using core::Tensor;
using quant::Selection;
using quant_test::picked;

TEST_CASE("the selection all picks every weight from the first step") {
  const auto weight = quant_test::random_weight();
  const Tensor mask = quant_test::make<Selection>("all")->mask(weight, nullptr, core::Rng(1));
  CHECK(mask.shape() == weight.w.shape());
  CHECK(picked(mask).size() == 360);
}

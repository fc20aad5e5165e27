#include <doctest/doctest.h>

#include "quant/scale/scale.h"
#include "tests/quant/helpers.h"

using core::Tensor;
using quant::Scale;

TEST_CASE("max_scale narrows the range by (b + 2) / 8") {
  const Tensor x = Tensor::of<float>({2, 2}, {-1, 7, 2, 4});
  const auto strategy = quant_test::make<Scale>("max_scale");
  const quant::QParams two = (*strategy)(x, {.bits = 2});
  CHECK(two.scale.at(0) == doctest::Approx(8 * 0.5 / 3));
  CHECK(two.scale.at(1) == doctest::Approx(4 * 0.5 / 3));
  CHECK((*strategy)(x, {.bits = 6}).scale.at(0) == doctest::Approx(8.0 / 63));
}

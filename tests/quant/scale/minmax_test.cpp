#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("minmax spans the values of each channel, and zero") {
  const auto minmax = quant_test::make<quant::Scale>("minmax");
  const core::Tensor w = core::Tensor::of<float>({2, 3}, {-1.0f, 0.5f, 2.0f, 1.0f, 6.0f, 3.0f});
  const quant::QParams q = (*minmax)(w, {.bits = 2});
  CHECK(q.scale.at(0) == doctest::Approx(1.0));
  CHECK(q.zero.at(0) == 1.0);
  CHECK(q.scale.at(1) == doctest::Approx(2.0));
  CHECK(q.zero.at(1) == 0.0);
  const quant::QParams whole = (*minmax)(w, {.bits = 3, .per_channel = false});
  REQUIRE(whole.scale.numel() == 1);
  CHECK(whole.scale.at(0) == doctest::Approx(1.0));
  CHECK(whole.zero.at(0) == 1.0);
}

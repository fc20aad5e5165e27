#include "quant/calibration/calibration_set.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("calibration images are the drawn ones, normalised") {
  const quant_test::ToyDataset dataset(4, 10);
  const auto random = quant_test::make<quant::CalibrationSet>("random");
  const quant::Calibration drawn =
      quant::draw_calibration(*random, {.dataset = dataset, .count = 7}, core::Rng(3));
  REQUIRE(drawn.images.shape() == core::Shape{7, 2, 2, 1});
  for (int i = 0; i < 7; ++i)
    CHECK(drawn.images.at(4 * i) * 255 ==
          doctest::Approx(double(drawn.index[static_cast<std::size_t>(i)])));
}

TEST_CASE("more calibration images than the split holds are refused") {
  const quant_test::ToyDataset dataset(4, 10);
  const auto random = quant_test::make<quant::CalibrationSet>("random");
  CHECK_THROWS_WITH_AS(
      quant::draw_calibration(*random, {.dataset = dataset, .count = 41}, core::Rng(3)),
      doctest::Contains("41 of the 40"), core::InputError);
}

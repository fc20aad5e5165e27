#include <doctest/doctest.h>

#include "quant/calibration/calibration_set.h"
#include "tests/quant/helpers.h"

TEST_CASE("first_n takes the first images in stored order") {
  const quant_test::ToyDataset dataset(4, 10);
  const auto index = quant_test::make<quant::CalibrationSet>("first_n")->draw(
      {.dataset = dataset, .count = 3}, core::Rng(3));
  CHECK(index == std::vector<std::int64_t>{0, 1, 2});
}

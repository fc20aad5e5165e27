#include <doctest/doctest.h>

#include <set>

#include "quant/calibration/calibration_set.h"
#include "tests/quant/helpers.h"

TEST_CASE("random calibration draws different images, the same for the same seed") {
  const quant_test::ToyDataset dataset(4, 10);
  const auto random = quant_test::make<quant::CalibrationSet>("random");
  const quant::CalibrationRequest request{.dataset = dataset, .count = 25};
  const auto index = random->draw(request, core::Rng(3));
  CHECK(index.size() == 25);
  CHECK(std::set(index.begin(), index.end()).size() == 25);
  CHECK(index == random->draw(request, core::Rng(3)));
  CHECK(index != random->draw(request, core::Rng(4)));
}

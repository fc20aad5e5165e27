#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("gaussian_noise has the mean and the deviation that were asked for") {
  const auto drawn = draw_from("gaussian_noise", {{"mean", 1.5}, {"std", 2.0}}, 1000);
  CHECK(made(drawn));
  double sum = 0, square = 0;
  for (const double v : drawn.images.values()) {
    sum += v;
    square += v * v;
  }
  const double mean = sum / 4000;
  CHECK(mean == doctest::Approx(1.5).epsilon(0.1));
  CHECK(std::sqrt(square / 4000 - mean * mean) == doctest::Approx(2.0).epsilon(0.05));
}

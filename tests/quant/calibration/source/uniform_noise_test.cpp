#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("uniform_noise covers all bytes, normalised") {
  const auto drawn = draw_from("uniform_noise", {}, 2000);
  CHECK(made(drawn));
  std::set<long> bytes;
  double sum = 0;
  for (const double v : drawn.images.values()) {
    bytes.insert(std::lround(v * 255));
    sum += v;
  }
  CHECK(*bytes.begin() == 0);
  CHECK(*bytes.rbegin() == 255);
  CHECK(bytes.size() == 256);
  CHECK(sum / 8000 == doctest::Approx(0.5).epsilon(0.03));
}

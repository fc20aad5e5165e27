#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("train gives stored images unchanged") {
  const quant::Calibration drawn = draw_from("train", {}, 40);
  CHECK(as_set(drawn.index).size() == 40);
  for (std::int64_t i = 0; i < 160; ++i)
    CHECK(std::lround(drawn.images.at(i) * 255) == drawn.index[static_cast<std::size_t>(i / 4)]);
}

#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("validation insists on the split val and gives stored images") {
  CHECK(make<quant::CalibrationSource>("validation")->split() == data::Split::val);
  const quant::Calibration drawn = draw_from("validation", {}, 5);
  for (std::int64_t i = 0; i < 5; ++i)
    CHECK(std::lround(drawn.images.at(4 * i) * 255) == drawn.index[static_cast<std::size_t>(i)]);
}

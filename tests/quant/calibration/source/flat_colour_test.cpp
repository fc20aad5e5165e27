#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("flat_colour gives every image one colour of its own") {
  const auto drawn = draw_from("flat_colour", {}, 100);
  CHECK(made(drawn));
  std::set<double> colours;
  for (std::int64_t i = 0; i < 100; ++i) {
    for (std::int64_t p = 1; p < 4; ++p)
      CHECK(drawn.images.at(4 * i + p) == drawn.images.at(4 * i));
    colours.insert(drawn.images.at(4 * i));
  }
  CHECK(colours.size() > 60);  // 100 draws out of 256 give 83 on average
}

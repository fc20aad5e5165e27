#include "quant/calibration/source/calibration_source.h"

#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("calibration images are the drawn ones, normalised, with their labels") {
  const quant::Calibration drawn = draw_from("train", {}, 7);
  for (int i = 0; i < 7; ++i)
    CHECK(drawn.images.at(4 * i) * 255 ==
          doctest::Approx(double(drawn.index[static_cast<std::size_t>(i)])));
}

TEST_CASE("more calibration images than the split holds are refused, unless they are made") {
  CHECK_THROWS_WITH_AS(draw_from("train", {}, 41), doctest::Contains("41 of the 40"),
                       core::InputError);
  CHECK(made(draw_from("gaussian_noise", {}, 41)));
}

TEST_CASE("another seed gives other images, whatever the source") {
  for (const std::string& name : core::Registry<quant::CalibrationSource>::names()) {
    if (name == "other_dataset" || name == "bn_distilled") continue;  // need more than defaults
    CAPTURE(name);
    CHECK_FALSE(
        support::same_bits(draw_from(name, {}, 40, 3).images, draw_from(name, {}, 40, 4).images));
  }
}

#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("corrupted changes the selected images by noise of the strength of its severity") {
  const auto plain = draw_from("train", {}, 40);
  const auto noisy = draw_from("corrupted", {{"severity", 1}}, 40);
  CHECK(plain.index == noisy.index);
  double square = 0;
  int count = 0;
  for (std::int64_t i = 0; i < 160; ++i) {
    if (plain.images.at(i) * 255 < 25) continue;  // clipped at 0
    const double d = noisy.images.at(i) - plain.images.at(i);
    square += d * d;
    ++count;
  }
  CHECK(std::sqrt(square / count) == doctest::Approx(0.04).epsilon(0.35));
}

TEST_CASE("corrupted leaves flat images alone where it blurs or lowers contrast") {
  const auto plain = draw_from("train", {}, 9);
  for (const char* kind : {"blur", "contrast"})
    CHECK(support::same_bits(plain.images, draw_from("corrupted", {{"kind", kind}}, 9).images));
}

TEST_CASE("corrupted knows severities from 1 to 5") {
  CHECK_THROWS_AS(make<quant::CalibrationSource>("corrupted", {{"severity", 6}}),
                  core::ConfigError);
  CHECK_THROWS_AS(make<quant::CalibrationSource>("corrupted", {{"kind", "fog"}}),
                  core::ConfigError);
}

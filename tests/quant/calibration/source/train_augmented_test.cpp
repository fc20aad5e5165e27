#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("train_augmented without augmentation is train") {
  const auto plain = draw_from("train", {}, 9);
  const auto same = draw_from("train_augmented", {{"flip", false}, {"shift", 0}}, 9);
  CHECK(support::same_bits(plain.images, same.images));
  CHECK(plain.index == same.index);
}

TEST_CASE("train_augmented shifts zeros into the selected images") {
  const auto drawn = draw_from("train_augmented", {{"shift", 1}}, 40);
  int zeros = 0, kept = 0;
  for (std::int64_t i = 0; i < 160; ++i) {
    const long v = std::lround(drawn.images.at(i) * 255);
    const std::int64_t own = drawn.index[static_cast<std::size_t>(i / 4)];
    CHECK((v == 0 || v == own));
    if (own > 0) (v == 0 ? zeros : kept) += 1;
  }
  // a pixel of a 2x2 image stays inside with probability (2/3)^2
  CHECK(zeros > 40);
  CHECK(kept > 40);
}

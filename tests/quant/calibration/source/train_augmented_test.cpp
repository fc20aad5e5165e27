#include <set>

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

TEST_CASE("copies are versions of the same images, drawn apart, all images before any again") {
  const Keys plain{{"flip", false}, {"shift", 1}, {"copies", 3}};
  const auto drawn = draw_from("train_augmented", plain, 12);
  for (std::size_t i = 0; i < 8; ++i) CHECK(drawn.index[i] == drawn.index[i + 4]);
  CHECK(std::set(drawn.index.begin(), drawn.index.begin() + 4).size() == 4);
  CHECK_FALSE(support::same_bits(drawn.images.rows(0, 4), drawn.images.rows(4, 4)));
  // the first versions are those of one copy
  const auto once = draw_from("train_augmented", {{"flip", false}, {"shift", 1}}, 4);
  CHECK(support::same_bits(once.images, drawn.images.rows(0, 4)));
  CHECK_THROWS_WITH_AS(draw_from("train_augmented", {{"copies", 3}}, 10),
                       doctest::Contains("multiple"), core::InputError);
}

TEST_CASE("jitter scales a flat image by a factor of its own within the limits") {
  const auto drawn =
      draw_from("train_augmented", {{"flip", false}, {"shift", 0}, {"jitter", 0.5}}, 30);
  std::set<long> factors;
  for (std::int64_t i = 0; i < 30; ++i) {
    // the four pixels of a toy image are equal, so contrast leaves them alone
    const double own = static_cast<double>(drawn.index[static_cast<std::size_t>(i)]);
    const double v = drawn.images.at(4 * i) * 255;
    CHECK(v >= 0.5 * own - 0.5001);
    CHECK(v <= 1.5 * own + 0.5001);
    for (int k = 1; k < 4; ++k) CHECK(drawn.images.at(4 * i + k) == drawn.images.at(4 * i));
    if (own > 10) factors.insert(std::lround(20 * v / own));
  }
  CHECK(factors.size() > 5);
}

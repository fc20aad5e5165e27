#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("k_centre takes one image of every cluster before a second of any") {
  FakeView view;  // four clusters far apart
  view.feature_row = [](std::int64_t i) {
    return std::vector{100.0 * double(i / 20), 100.0 * double((i / 10) % 2), 0.1 * double(i % 10)};
  };
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    std::set<std::int64_t> clusters;
    for (const std::int64_t i : draw(*make<quant::CalibrationSet>("k_centre"), view, 4, seed))
      clusters.insert(i / 10);
    CHECK(clusters.size() == 4);
  }
}

TEST_CASE("k_centre follows the farthest point on a line") {
  FakeView view;
  view.feature_row = [](std::int64_t i) { return std::vector{double(i)}; };
  const Index index = draw(*make<quant::CalibrationSet>("k_centre"), view, 4);
  const std::int64_t far = index[0] < 20 ? 39 : 0;  // 19.5 is the middle
  CHECK(index[1] == far);
  std::vector<std::int64_t> taken{index[0], index[1]};
  for (std::size_t k = 2; k < 4; ++k) {
    const auto gap = [&](std::int64_t i) {
      std::int64_t least = 100;
      for (const std::int64_t t : taken) least = std::min(least, std::abs(i - t));
      return least;
    };
    std::int64_t widest = 0;
    for (std::int64_t i = 0; i < 40; ++i) widest = std::max(widest, gap(i));
    CHECK(gap(index[k]) == widest);
    taken.push_back(index[k]);
  }
}

TEST_CASE("k_centre takes different images where all features are equal") {
  FakeView view;
  view.feature_row = [](std::int64_t) { return std::vector{1.0, 2.0}; };
  CHECK(draw(*make<quant::CalibrationSet>("k_centre"), view, 40).size() == 40);
}

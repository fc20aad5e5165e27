#include "tests/quant/augment/table.h"

TEST_CASE("shift moves a feature map as a whole and brings in zeros") {
  const core::Tensor x = augment_test::numbered({20, 5, 6, 2});
  const core::Tensor y = augment_test::apply("shift", x, {{"pixels", 2}});
  for (std::int64_t n = 0; n < 20; ++n) {
    std::set<double> moves;
    for (std::int64_t i = n * 60; i < (n + 1) * 60; ++i) {
      if (y.at(i) != 0) moves.insert(y.at(i) - x.at(i));
    }
    CHECK(moves.size() == 1);
    const std::int64_t by = static_cast<std::int64_t>(-*moves.begin() / 10);  // dy * 6 + dx
    bool known = false;
    for (std::int64_t dy = -2; dy <= 2; ++dy) {
      for (std::int64_t dx = -2; dx <= 2; ++dx) known = known || dy * 6 + dx == by;
    }
    CHECK(known);
  }
}

#include "tests/quant/augment/table.h"

TEST_CASE("cutmix brings a box of another sample to the same place") {
  const core::Tensor x = augment_test::numbered({6, 8, 8, 3});
  const core::Tensor y = augment_test::apply("cutmix", x, {{"side", 0.25}});
  for (std::int64_t n = 0; n < 6; ++n) {
    std::int64_t foreign = 0;
    std::set<std::int64_t> donors;
    for (std::int64_t i = 0; i < 192; ++i) {
      const double was = x.at(n * 192 + i), is = y.at(n * 192 + i);
      const double rows = (is - was) / 1000;
      CHECK(rows == std::round(rows));
      foreign += is != was;
      donors.insert(static_cast<std::int64_t>(rows));
    }
    CHECK((foreign == 0 || foreign == 2 * 2 * 3));  // 0: the sample was paired with itself
    CHECK(donors.size() <= 2);
  }
}

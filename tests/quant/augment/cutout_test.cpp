#include "tests/quant/augment/table.h"

TEST_CASE("cutout clears one box of the stated side in each sample") {
  const core::Tensor x = augment_test::numbered({6, 8, 8, 3});
  const core::Tensor y = augment_test::apply("cutout", x, {{"side", 0.5}});
  for (std::int64_t n = 0; n < 6; ++n) {
    std::int64_t zeros = 0;
    for (std::int64_t i = n * 192; i < (n + 1) * 192; ++i) zeros += y.at(i) == 0;
    CHECK(zeros == 4 * 4 * 3);
  }
}

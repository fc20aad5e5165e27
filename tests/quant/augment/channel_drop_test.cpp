#include "tests/quant/augment/table.h"

TEST_CASE("channel drop clears whole channels of a sample and nothing else") {
  const core::Tensor x = augment_test::numbered({8, 3, 3, 10});
  const core::Tensor y = augment_test::apply("channel_drop", x, {{"p", 0.3}});
  std::int64_t dropped = 0;
  for (std::int64_t n = 0; n < 8; ++n) {
    for (std::int64_t c = 0; c < 10; ++c) {
      std::int64_t zeros = 0;
      for (std::int64_t p = 0; p < 9; ++p) {
        const std::int64_t i = (n * 9 + p) * 10 + c;
        zeros += y.at(i) == 0;
        CHECK((y.at(i) == 0 || y.at(i) == x.at(i)));
      }
      CHECK((zeros == 0 || zeros == 9));
      dropped += zeros == 9;
    }
  }
  CHECK(dropped > 8);
  CHECK(dropped < 45);
}

#include "tests/quant/augment/table.h"

TEST_CASE("token drop clears whole positions of a sample and nothing else") {
  const core::Tensor x = augment_test::numbered({8, 10, 4});
  const core::Tensor y = augment_test::apply("token_drop", x, {{"p", 0.3}});
  std::int64_t dropped = 0;
  for (std::int64_t k = 0; k < 80; ++k) {
    std::int64_t zeros = 0;
    for (std::int64_t c = 0; c < 4; ++c) zeros += y.at(4 * k + c) == 0;
    CHECK((zeros == 0 || zeros == 4));
    dropped += zeros == 4;
  }
  CHECK(dropped > 8);
  CHECK(dropped < 45);
}

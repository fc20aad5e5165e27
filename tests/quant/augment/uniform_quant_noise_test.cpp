#include "tests/quant/augment/table.h"

TEST_CASE("uniform noise lies within half a step of the stated number of bits") {
  const core::Tensor x = augment_test::numbered({4, 3, 3, 2});
  const double range = 3000 + 80 + 1, step = range / 15;
  const core::Tensor y = augment_test::apply("uniform_quant_noise", x, {{"bits", 4.0}});
  double most = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) most = std::max(most, std::abs(y.at(i) - x.at(i)));
  CHECK(most <= step / 2 * 1.0001);
  CHECK(most > step / 4);
}

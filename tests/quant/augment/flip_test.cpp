#include "tests/quant/augment/table.h"

TEST_CASE("flip with probability one mirrors every sample left to right") {
  const core::Tensor x = core::Tensor::of<float>({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6});
  CHECK(augment_test::apply("flip", x, {{"p", 1.0}}).values() ==
        std::vector<double>{3, 2, 1, 6, 5, 4});
  CHECK(support::same_bits(augment_test::apply("flip", x, {{"p", 0.0}}), x));
}

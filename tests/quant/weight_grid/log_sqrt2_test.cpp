#include <doctest/doctest.h>

#include <cmath>

#include "tests/quant/codebooks.h"

TEST_CASE("every level is the one below it times the root of two") {
  const core::Tensor w = core::Rng(1).normal({4, 40}, 0, 1);
  for (const int bits : {2, 3, 5}) {
    const auto levels = quant_test::positive_levels(quant_test::on_codebook("log_sqrt2", w, bits));
    REQUIRE(levels.size() == static_cast<std::size_t>((1 << (bits - 1)) - 1));
    for (std::size_t i = 1; i < levels.size(); ++i)
      CHECK(levels[i] / levels[i - 1] == doctest::Approx(std::sqrt(2.0)));
  }
}

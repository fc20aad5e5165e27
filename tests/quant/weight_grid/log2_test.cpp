#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/codebooks.h"

TEST_CASE("levels are powers of two of the largest, and exponents are rounded") {
  core::Tensor w =
      core::Tensor::of<float>({1, 8}, {1, -1, 0.72f, 0.7f, 0.36f, -0.35f, 0.18f, 0.17f});
  const auto q = quant_test::on_codebook("log2", w, 3, false, {{"range", "scale"}});
  CHECK(quant_test::positive_levels(q) == std::vector<double>{0.25, 0.5, 1});
  const core::Tensor y = quant::fake_quantise(q.w, q.q, q.grid);
  const std::vector<double> expected{1, -1, 1, 0.5, 0.5, -0.25, 0.25, 0};
  for (std::int64_t i = 0; i < 8; ++i)
    CHECK(y.at(i) == doctest::Approx(expected[static_cast<std::size_t>(i)]));
}

TEST_CASE("the searched range is no worse than that of the largest weight") {
  const core::Tensor w = core::Rng(1).normal({6, 100}, 0, 1);
  for (const int bits : {2, 3, 4}) {
    CHECK(quant_test::squared_error(quant_test::on_codebook("log2", w, bits)) <=
          quant_test::squared_error(
              quant_test::on_codebook("log2", w, bits, true, {{"range", "scale"}})));
  }
  CHECK_THROWS_AS(quant_test::make<quant::WeightGrid>("log2", {{"range", "best"}}),
                  core::ConfigError);
}

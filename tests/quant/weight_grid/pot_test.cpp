#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/codebooks.h"

TEST_CASE("powers of two take the nearest level, not the nearest exponent") {
  const core::Tensor w = core::Tensor::of<float>({1, 4}, {1, 0.74f, 0.76f, 0.13f});
  const auto q = quant_test::on_codebook("pot", w, 3, false, {{"range", "scale"}});
  CHECK(quant_test::positive_levels(q) == std::vector<double>{0.25, 0.5, 1});
  const core::Tensor y = quant::fake_quantise(q.w, q.q, q.grid);
  const std::vector<double> expected{1, 0.5, 1, 0.25};
  for (std::int64_t i = 0; i < 4; ++i)
    CHECK(y.at(i) == doctest::Approx(expected[static_cast<std::size_t>(i)]));
}

TEST_CASE("the nearest level has less error than the nearest exponent on the same levels") {
  const core::Tensor w = core::Rng(2).normal({4, 200}, 0, 1);
  CHECK(quant_test::squared_error(quant_test::on_codebook("pot", w, 4)) <
        quant_test::squared_error(quant_test::on_codebook("log2", w, 4)));
}

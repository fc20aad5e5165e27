#include <doctest/doctest.h>

#include "quant/scale/search.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

TEST_CASE("mse is the shrinking search with p = 2.0") {
  const core::Tensor w = core::Rng(5).normal({4, 60}, 0.0, 1.0);
  const quant::Grid grid{.bits = 3};
  const quant::QParams q = (*quant_test::make<quant::Scale>("mse"))(w, grid);
  CHECK(support::same_bits(q.scale, quant::shrink_search(w, grid, {.p = 2.0}).scale));
  CHECK(support::same_bits(q.zero, quant::shrink_search(w, grid, {.p = 2.0}).zero));
}

TEST_CASE("mse beats the full range on heavy tails at 2 bits") {
  core::Tensor w = core::Rng(6).normal({1, 400}, 0.0, 0.1);
  w.writable<float>()[0] = 1.0f;
  const quant::Grid grid{.bits = 2, .per_channel = false};
  const quant::QParams searched = (*quant_test::make<quant::Scale>("mse"))(w, grid);
  const quant::QParams full = (*quant_test::make<quant::Scale>("minmax"))(w, grid);
  const auto error = [&](const quant::QParams& q) {
    return quant::quantisation_error(w.data<float>(), {q.scale.at(0), q.zero.at(0)}, grid, 2.0);
  };
  CHECK(error(searched) < error(full));
}

TEST_CASE("mse refuses a search whose last range is empty") {
  CHECK_THROWS_AS(quant_test::make<quant::Scale>("mse", {{"steps", 200}, {"shrink", 0.01}}),
                  core::ConfigError);
}

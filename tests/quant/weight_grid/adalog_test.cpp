#include <doctest/doctest.h>

#include <cmath>

#include "quant/grid/codes.h"
#include "tests/quant/codebooks.h"

namespace {

double base_of(const quant::QuantisedWeight& w) {
  const std::vector<double> levels = quant_test::positive_levels(w);
  return 37 * std::log2(levels.back() / levels[levels.size() - 2]);
}

}  // namespace

TEST_CASE("the base is a whole power of 2^(1/37), and 37 is log2") {
  const core::Tensor w = core::Rng(1).normal({4, 100}, 0, 1);
  for (const int bits : {3, 4, 5}) {
    const double q = base_of(quant_test::on_codebook("adalog", w, bits));
    CHECK(q == doctest::Approx(std::nearbyint(q)).epsilon(1e-4));
  }
  const auto same = quant_test::on_codebook("adalog", w, 4, true, {{"search", "none"}});
  const auto log2 = quant_test::on_codebook("log2", w, 4);
  CHECK(support::same_bits(quant::fake_quantise(same.w, same.q, same.grid),
                           quant::fake_quantise(log2.w, log2.q, log2.grid)));
}

TEST_CASE("the searched base has no more error than log2 and log_sqrt2, and falls with the bits") {
  const core::Tensor w = core::Rng(2).normal({4, 200}, 0, 1);
  double before = 100;
  for (const int bits : {3, 4, 5, 6}) {
    const auto found = quant_test::on_codebook("adalog", w, bits);
    CHECK(quant_test::squared_error(found) <=
          1.01 * quant_test::squared_error(quant_test::on_codebook("log2", w, bits)));
    CHECK(quant_test::squared_error(found) <=
          1.01 * quant_test::squared_error(quant_test::on_codebook("log_sqrt2", w, bits)));
    CHECK(base_of(found) < before);
    before = base_of(found);
  }
}

TEST_CASE("both a search and a base are refused") {
  CHECK_THROWS_WITH_AS(quant_test::make<quant::WeightGrid>("adalog", {{"q", 20}}),
                       doctest::Contains("searched for"), core::ConfigError);
  CHECK_THROWS_AS(quant_test::make<quant::WeightGrid>("adalog", {{"search", "none"}, {"q", 90}}),
                  core::ConfigError);
}

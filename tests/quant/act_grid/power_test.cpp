#include <doctest/doctest.h>

#include "tests/quant/act_grid/tables.h"

using quant_test::table;

TEST_CASE("codes are rounded after the power, as the definition says") {
  const std::vector<double> x = quant_test::softmax_values();
  const quant::ActTable t =
      table("power", x, 4, quant::ActRole::softmax, {{"exponent", 0.6}, {"range", "largest"}});
  const double m = *std::max_element(x.begin(), x.end());
  for (const double v : x) {
    const double n = std::nearbyint(15 * std::pow(v / m, 0.6));
    CHECK(quant_test::nearest(t, v) == doctest::Approx(m * std::pow(n / 15, 1 / 0.6)));
  }
}

TEST_CASE("an exponent of 1 has even levels, and the search no more error than that") {
  const std::vector<double> x = quant_test::gelu_values();
  const quant::ActTable even = table("power", x, 4, quant::ActRole::other, {{"exponent", 1.0}});
  for (std::size_t i = 0; i < even.levels.size(); ++i)
    CHECK(even.levels[i] == doctest::Approx(static_cast<double>(i) - 7));
  const quant::ActTable found = table("power", x, 4, quant::ActRole::other, {{"search", "layer"}});
  CHECK(quant_test::squared_error(found, x) <= quant_test::squared_error(even, x));
  CHECK_THROWS_WITH_AS(
      table("power", x, 4, quant::ActRole::other, {{"search", "layer"}, {"exponent", 0.5}}),
      doctest::Contains("searched for"), core::ConfigError);
}

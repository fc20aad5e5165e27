#include <doctest/doctest.h>

#include "tests/quant/act_grid/tables.h"

using quant::ActRole;
using quant_test::table;

TEST_CASE("values without sign follow the published formula") {
  const std::vector<double> x = quant_test::softmax_values();
  const quant::ActTable t =
      table("log2", x, 3, ActRole::softmax, {{"range", "largest"}, {"zero", "beside"}});
  const double s = *std::max_element(x.begin(), x.end());
  for (const double v : x) {
    const double n = std::nearbyint(-std::log2(v / s));
    CHECK(quant_test::nearest(t, v) == doctest::Approx(n >= 8 ? 0.0 : s * std::exp2(-n)));
  }
}

TEST_CASE("signed values have as many exponents on either side") {
  const quant::ActTable t = table("log2", {-1, 0.5, 2}, 3, ActRole::other, {{"range", "largest"}});
  CHECK(t.levels.size() == 7);
  CHECK(quant_test::nearest(t, -2.0) == doctest::Approx(-2));
  CHECK(quant_test::nearest(t, 0.6) == doctest::Approx(0.5));
  CHECK(quant_test::nearest(t, -0.1) == doctest::Approx(0));
}

TEST_CASE("as a code zero takes the place of the lowest level, so that b bits hold every level") {
  const std::vector<double> x = quant_test::softmax_values();
  for (const char* name : {"log2", "log_sqrt2", "adalog"}) {
    const quant::ActTable beside = table(name, x, 3, ActRole::softmax, {{"zero", "beside"}});
    const quant::ActTable code = table(name, x, 3, ActRole::softmax);
    CHECK(beside.levels.size() == 9);
    CHECK(code.levels.size() == 8);
    CHECK(code.levels.front() == 0);
    CHECK(quant_test::squared_error(code, x) >= quant_test::squared_error(beside, x));
  }
  CHECK(table("log2", {-1, 0.5, 2}, 3, ActRole::other, {{"zero", "beside"}}).levels.size() == 7);
}

#include <doctest/doctest.h>

#include "tests/quant/act_grid/tables.h"

TEST_CASE("values follow the published formula with roots of two") {
  const std::vector<double> x = quant_test::softmax_values();
  const quant::ActTable t = quant_test::table("log_sqrt2", x, 4, quant::ActRole::softmax,
                                              {{"range", "largest"}, {"zero", "beside"}});
  const double s = *std::max_element(x.begin(), x.end());
  for (const double v : x) {
    const double n = std::nearbyint(-2 * std::log2(v / s));
    const double odd = std::fmod(n, 2) == 1 ? std::sqrt(2.0) : 1.0;
    CHECK(quant_test::nearest(t, v) ==
          doctest::Approx(n >= 16 ? 0.0 : s * std::exp2(-std::ceil(n / 2)) * odd));
  }
}

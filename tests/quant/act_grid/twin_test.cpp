#include <doctest/doctest.h>

#include "tests/quant/act_grid/tables.h"

using quant::ActRole;
using quant_test::table;

namespace {

/// c of a table of softmax outputs: the end of its fine range.
double end_of_fine(const quant::ActTable& t, int m) {
  return t.step * t.levels[static_cast<std::size_t>(m - 1)];
}

}  // namespace

TEST_CASE("softmax outputs take one of two ranges: [0, c] and [c, 1]") {
  const std::vector<double> x = quant_test::softmax_values();
  for (const int bits : {3, 4, 6}) {
    const int m = 1 << (bits - 1);
    const quant::ActTable t = table("twin", x, bits, ActRole::softmax);
    const double c = end_of_fine(t, m);
    CHECK(std::log2(c) == doctest::Approx(std::nearbyint(std::log2(c))));
    for (const double v : x) {
      const double fine = c / (m - 1), coarse = 1.0 / (m - 1);
      double expected = v <= c ? fine * std::nearbyint(v / fine)
                               : coarse * std::min(m - 1.0, std::nearbyint(v / coarse));
      if (v > c) expected = std::max(expected, c);  // never back to 0
      CHECK(quant_test::nearest(t, v) == doctest::Approx(expected));
    }
    CHECK(quant_test::nearest(t, 1.0) == doctest::Approx(1.0));
  }
}

TEST_CASE("c is the best of its candidates") {
  const std::vector<double> sharp{0.001, 0.002, 0.003, 0.004, 1, 1, 1},
      flat{0.5, 0.55, 0.6, 0.65, 0.7};
  CHECK(end_of_fine(table("twin", sharp, 4, ActRole::softmax), 8) < 0.01);
  CHECK(end_of_fine(table("twin", flat, 4, ActRole::softmax), 8) >= 0.5);
}

TEST_CASE("the released variant adds both ranges: what is above c is too large by c") {
  const std::vector<double> x{0.01, 0.02, 0.03, 0.05, 0.3, 0.6, 0.9};
  const quant::ActTable t = table("twin", x, 4, ActRole::softmax, {{"variant", "released"}});
  // c = 2^-i with 7 c below one half adds nothing below c
  const double c = end_of_fine(t, 8);
  for (const double v : {0.3, 0.6, 0.9}) {
    if (v > c) CHECK(quant_test::nearest(t, v) == doctest::Approx(c + std::nearbyint(7 * v) / 7));
  }
}

TEST_CASE("GELU outputs have a fixed step below zero and a searched one above") {
  const std::vector<double> x = quant_test::gelu_values();
  const quant::ActTable t = table("twin", x, 4, ActRole::gelu);
  CHECK(t.levels.size() == 16);
  CHECK(t.step * t.levels.front() == doctest::Approx(-0.16997));
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(t.step * (t.levels[i + 1] - t.levels[i]) == doctest::Approx(0.16997 / 8));
  const double above = t.step * (t.levels[10] - t.levels[9]);
  for (std::size_t i = 9; i < 15; ++i)
    CHECK(t.step * (t.levels[i + 1] - t.levels[i]) == doctest::Approx(above));
  // elsewhere both are searched
  const quant::ActTable other = table("twin", x, 4, ActRole::other);
  CHECK(quant_test::squared_error(other, x) <= quant_test::squared_error(t, x) * (1 + 1e-9));
}

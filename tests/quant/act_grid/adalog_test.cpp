#include <doctest/doctest.h>

#include "tests/quant/act_grid/tables.h"

using quant::ActRole;
using quant_test::squared_error;
using quant_test::table;

TEST_CASE("the searched base has no more error than those of log2 and log_sqrt2") {
  const std::vector<double> x = quant_test::softmax_values();
  for (const int bits : {2, 3, 4}) {
    const double found = squared_error(table("adalog", x, bits, ActRole::softmax), x);
    CHECK(found <= squared_error(table("log2", x, bits, ActRole::softmax), x) * (1 + 1e-9));
    CHECK(found <= squared_error(table("log_sqrt2", x, bits, ActRole::softmax), x) * 1.01);
  }
}

TEST_CASE("GELU outputs are shifted above zero: the finest levels are at its least value") {
  const std::vector<double> x = quant_test::gelu_values();
  const quant::ActTable shifted = table("adalog", x, 4, ActRole::gelu);
  CHECK(shifted.levels.size() == 16);
  CHECK(shifted.step * shifted.levels.front() == doctest::Approx(quant::kLeastGelu).epsilon(1e-4));
  for (std::size_t i = 2; i + 1 < shifted.levels.size(); ++i)
    CHECK(shifted.levels[i + 1] - shifted.levels[i] > shifted.levels[i] - shifted.levels[i - 1]);
  const quant::ActTable plain = table("adalog", x, 4, ActRole::gelu, {{"shift", false}});
  CHECK(plain.levels.size() == 15);
}

#include "quant/plateau.h"

#include <doctest/doctest.h>

TEST_CASE(
    "a plateau lowers the rate to a tenth after more than `patience` steps without progress") {
  quant::Plateau rate{.lr = 1.0, .least = 0.05, .patience = 2};
  rate.see(10);
  for (int i = 0; i < 2; ++i) rate.see(10);
  CHECK(rate.lr == 1.0);
  rate.see(9.9999);  // less than 1e-4 of itself is no progress
  CHECK(rate.lr == doctest::Approx(0.1));
  rate.see(9);
  rate.see(10);
  rate.see(10);
  CHECK(rate.lr == doctest::Approx(0.1));
  rate.see(10);
  CHECK(rate.lr == 0.05);
}

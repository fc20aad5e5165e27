#include "nn/optim/plateau_rule.h"

#include <doctest/doctest.h>

TEST_CASE("a plateau lowers the rate after more than `patience` losses without progress") {
  nn::PlateauRule rule{.patience = 2};
  CHECK_FALSE(rule.falls(10));
  for (int i = 0; i < 2; ++i) CHECK_FALSE(rule.falls(10));
  CHECK(rule.falls(9.9999));  // less than 1e-4 of itself is no progress
  CHECK_FALSE(rule.falls(9));
  CHECK_FALSE(rule.falls(10));
  CHECK_FALSE(rule.falls(10));
  CHECK(rule.falls(10));
}

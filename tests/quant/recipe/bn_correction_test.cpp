#include "quant/recipe/bn_correction.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("a correction is off unless it is asked for, and has PD-Quant's settings then") {
  core::Params none(quant_test::tree({}));
  CHECK_FALSE(quant::BnCorrection::read(none).on);
  core::Params some(quant_test::tree({{"on", true}}));
  const quant::BnCorrection correction = quant::BnCorrection::read(some);
  some.done();
  CHECK(correction.on);
  CHECK(correction.iters == 500);
  CHECK(correction.lambda_c == 0.02);
}

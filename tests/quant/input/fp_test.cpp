#include "tests/quant/input/table.h"

TEST_CASE("input fp is the float input and keeps nothing else") {
  const auto input = quant_test::make<quant::Input>("fp");
  CHECK_FALSE(input->wants_quantised());
  CHECK(input->wants_float());
  CHECK(support::same_bits(input->batch({}, kFloat, 0.5, core::Rng(1)), kFloat));
}

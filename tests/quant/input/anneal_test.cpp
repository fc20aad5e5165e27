#include "tests/quant/input/table.h"

TEST_CASE("input anneal goes in a straight line from the float to the quantised input") {
  const auto input = quant_test::make<quant::Input>("anneal", {{"share", 0.5}});
  CHECK(support::same_bits(input->batch(kQuant, kFloat, 0, core::Rng(1)), kFloat));
  const core::Tensor half = input->batch(kQuant, kFloat, 0.25, core::Rng(1));
  CHECK(half.at(0) == doctest::Approx(5.5));
  CHECK(half.at(3) == doctest::Approx(22));
  CHECK(support::same_bits(input->batch(kQuant, kFloat, 0.5, core::Rng(1)), kQuant));
  CHECK(support::same_bits(input->batch(kQuant, kFloat, 0.9, core::Rng(1)), kQuant));
}

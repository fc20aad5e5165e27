#include "tests/quant/input/table.h"

TEST_CASE("input sym_quant is the quantised input with the float unit on it as target") {
  const auto input = quant_test::make<quant::Input>("sym_quant");
  CHECK(input->wants_quantised());
  CHECK(input->target_of_quantised());
  CHECK(support::same_bits(input->batch(kQuant, {}, 0.5, core::Rng(1)), kQuant));
}

#include "tests/quant/input/table.h"

TEST_CASE("input quant, or asym, is the quantised input with the float target") {
  for (const char* name : {"quant", "asym"}) {
    const auto input = quant_test::make<quant::Input>(name);
    CHECK(input->wants_quantised());
    CHECK_FALSE(input->wants_float());
    CHECK_FALSE(input->target_of_quantised());
    CHECK(support::same_bits(input->batch(kQuant, {}, 0.5, core::Rng(1)), kQuant));
  }
}

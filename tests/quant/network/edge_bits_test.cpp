#include "quant/network/edge_bits.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "quant/grid/grid.h"

TEST_CASE("first/last policies set what their papers' code sets") {
  const auto brecq = quant::edge_bits("brecq"), qdrop = quant::edge_bits("qdrop"),
             fp = quant::edge_bits("fp");
  CHECK(brecq.first_output == 8);
  CHECK_FALSE(brecq.last_input);
  CHECK_FALSE(qdrop.first_output);
  CHECK(qdrop.last_input == 8);
  CHECK(fp.first_weight == quant::kBitsOff);
  CHECK_FALSE(quant::edge_bits("same").first_weight);
  CHECK(quant::edge_bits("all_8").last_input == 8);
  CHECK_THROWS_AS(quant::edge_bits("al_8"), core::InputError);
}

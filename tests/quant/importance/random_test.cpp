#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using quant_test::ToyScores;

TEST_CASE("the random importance falls by 4 a bit and is drawn for each part from the seed") {
  const ToyScores toy;
  const auto scores = toy("random");
  CHECK(scores[0][0][0] / scores[0][0][1] == doctest::Approx(4.0));
  CHECK(scores[0][0][0] < 15 / 16.0);
  CHECK(scores == toy("random"));
  CHECK(scores != toy("random", {}, false, 2));
  const auto rows = toy("random", {}, true);
  REQUIRE(rows[1].size() == 4);
  CHECK(rows[1][0][0] != rows[1][1][0]);
}

#include "quant/pipeline/learn_weights.h"

#include <doctest/doctest.h>

#include "quant/pipeline/weight_ranges.h"
#include "tests/quant/pipeline/job_cases.h"
#include "tests/support/compare.h"

TEST_CASE("learning lowers the loss of units and bakes what it found") {
  quant_test::SmallJob small(
      {{"quant.weight.bits", 2}, {"learn.iters", 20}, {"learn.optimizer.lr", 0.05}});
  quant::round_to_nearest(small.job(), small.x);
  const core::Tensor nearest = small.out.weights.at("layer1.0.conv1.weight").codes;
  quant::learn_weights(small.job(), small.x);
  CHECK(small.out.status == "ok");
  REQUIRE(small.out.units.size() == 11);  // stem, nine blocks, head
  double before = 0, after = 0;
  for (const quant::UnitLog& unit : small.out.units) {
    CHECK(unit.iterations == 20);
    before += unit.loss_rtn;
    after += unit.loss_hard;
  }
  CHECK(after < before);
  CHECK_FALSE(support::same_bits(small.out.weights.at("layer1.0.conv1.weight").codes, nearest));
}

TEST_CASE("without steps nothing moves, and every unit is in the log") {
  quant_test::SmallJob small({{"learn.iters", 0}});
  quant::round_to_nearest(small.job(), small.x);
  const core::Tensor nearest = small.out.weights.at("conv1.weight").codes;
  quant::learn_weights(small.job(), small.x);
  REQUIRE(small.out.units.size() == 11);
  CHECK(small.out.units[0].loss_hard == small.out.units[0].loss_rtn);
  CHECK(support::same_bits(small.out.weights.at("conv1.weight").codes, nearest));
}

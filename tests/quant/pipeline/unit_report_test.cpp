#include "quant/pipeline/unit_report.h"

#include <doctest/doctest.h>

#include "quant/pipeline/bake.h"
#include "tests/quant/helpers.h"

using core::Tensor;

namespace {

/// One weight of four codes 0, 1, 2, 3 on two bits with step 1, the last one clipped.
quant::Quantised one_weight() {
  quant::Quantised out;
  out.pass = std::make_unique<quant::QuantPass>(core::Precision::f32);
  const quant::QuantisedWeight weight{Tensor::of<float>({1, 4}, {0, 1, 2, 4}),
                                      {.bits = 2},
                                      {Tensor::full({1}, 1), Tensor::zeros({1})}};
  quant::bake(out, "w", weight, Tensor::of<std::int32_t>({1, 4}, {0, 1, 2, 3}));
  return out;
}

}  // namespace

TEST_CASE("shares of clipped weights and of flipped codes, by hand") {
  const quant::Quantised out = one_weight();
  const quant::Unit unit{"u", {}, {"w"}};
  CHECK(quant::clipped_share(out, unit) == 0.25);
  CHECK(quant::flipped_share(out, unit, {Tensor::of<std::int32_t>({1, 4}, {1, 1, 2, 2})}) == 0.5);
}

TEST_CASE("a unit goes back only when the recipe says so and the hard loss got worse") {
  const quant::Recipe back = quant_test::recipe({{"learn.snapshot", "rollback"}}),
                      last = quant_test::recipe({});
  quant::UnitLog log{.path = "u", .phase = "weights", .loss_rtn = 1, .loss_hard = 2, .flips = 0.5};
  CHECK(quant::rolls_back(log, back.learn));
  CHECK_FALSE(quant::rolls_back(log, last.learn));
  quant::note_rollback(log);
  CHECK(log.rolled_back);
  CHECK(log.loss_hard == 1);
  CHECK(log.flips == 0);
  CHECK_FALSE(quant::rolls_back(log, back.learn));
}

TEST_CASE("a divergence is a status with unit, step and phase") {
  quant::Quantised out;
  quant::UnitLog log{.path = "u", .phase = "weights"};
  CHECK(quant::note_loop(log, {{}, 7, {}}, out));
  CHECK(log.iterations == 7);
  CHECK(out.status == "ok");
  CHECK_FALSE(quant::note_loop(log, {{}, 3, 3}, out));
  CHECK(out.status == "diverged: unit u, step 3 (weights)");
}

#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("softmax_all has no noise and settles on one level as the temperature falls") {
  const auto variable = quant_test::make<RoundingVariable>("softmax_all");
  const auto weight = quant_test::step_one(core::Rng(1).uniform({50}, -6.0, 6.0));
  const Tensor a = quant_test::start_of(*variable, weight, {.rng = core::Rng(1)}).weight.value();
  CHECK(support::same_bits(a, quant_test::start_of(*variable, weight).weight.value()));
  const Tensor late = quant_test::start_of(*variable, weight, {.progress = 1}).weight.value();
  const Tensor nearest = quant::fake_quantise(weight.w, weight.q, weight.grid);
  int settled = 0;
  for (int i = 0; i < 50; ++i) settled += std::abs(late.at(i) - nearest.at(i)) < 0.05;
  CHECK(settled > 35);
}

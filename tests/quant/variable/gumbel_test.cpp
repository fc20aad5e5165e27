#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("gumbel draws up with the probability of the fraction") {
  const auto variable = quant_test::make<RoundingVariable>("gumbel");
  const std::int64_t n = 20000;
  const auto weight = quant_test::step_one(Tensor::full({n}, 0.3));
  const Tensor h = quant_test::start_of(*variable, weight, {.rng = core::Rng(1)}).h->value();
  double ups = 0;
  for (const float x : h.data<float>()) ups += x > 0.5f;
  CHECK(ups / double(n) == doctest::Approx(0.3).epsilon(0.05));  // standard error 0.0032
}

TEST_CASE("gumbel noise is that of the given generator, new for every weight, and absent without") {
  const auto variable = quant_test::make<RoundingVariable>("gumbel");
  const auto weight = quant_test::step_one(Tensor::full({100}, 0.3));
  const auto h = [&](std::optional<core::Rng> rng) {
    return quant_test::start_of(*variable, weight, {.rng = rng}).h->value();
  };
  CHECK(support::same_bits(h(core::Rng(1)), h(core::Rng(1))));
  CHECK_FALSE(support::same_bits(h(core::Rng(1)), h(core::Rng(2))));
  CHECK(h(core::Rng(1)).at(0) != h(core::Rng(1)).at(1));
  for (const double x : h(std::nullopt).values()) CHECK(x == doctest::Approx(0.3));
}

TEST_CASE("gumbel decides without noise") {
  const auto variable = quant_test::make<RoundingVariable>("gumbel");
  const auto weight = quant_test::step_one(Tensor::full({2}, 0.3));
  CHECK(variable
            ->harden(weight, std::vector{Tensor::of<float>({2}, {0.1f, -0.1f}),
                                         Tensor::of<float>({2}, {0.0f, 0.0f})})
            .values() == std::vector<double>{8, 9});
}

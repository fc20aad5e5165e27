#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("gumbel_all draws levels with the probabilities of its logits") {
  const auto variable =
      quant_test::make<RoundingVariable>("gumbel_all", {{"temperature_end", 0.001}});
  constexpr int n = 4000;
  const quant::QuantisedWeight weight =
      quant_test::ranged(Tensor::full({n}, 0.3), {.bits = 2, .per_channel = false}, "minmax");
  Tensor logits = Tensor::empty({n, 4});
  for (int i = 0; i < 4 * n; ++i)
    logits.writable<float>()[i] = std::log(0.1f * static_cast<float>(i % 4 + 1));
  const auto leaf = quant_test::leaves({logits});
  const Tensor soft =
      variable->soften(weight, leaf, {.progress = 1, .rng = core::Rng(5)}).weight.value();
  const double s = weight.q.scale.item(), z = weight.q.zero.item();
  int seen[4] = {};
  for (int i = 0; i < n; ++i) {
    const long level = std::lround(soft.at(i) / s + z);
    if (level >= 0 && level < 4) ++seen[level];
  }
  // the standard deviation of a share is below 0.008
  for (int k = 0; k < 4; ++k) CHECK(std::abs(seen[k] / double(n) - 0.1 * (k + 1)) < 0.03);
  // without a generator there is no noise
  const auto quiet =
      quant_test::make<RoundingVariable>("softmax_all", {{"temperature_end", 0.001}});
  CHECK(support::same_bits(variable->soften(weight, leaf, {}).weight.value(),
                           quiet->soften(weight, leaf, {}).weight.value()));
}

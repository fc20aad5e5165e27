#include <doctest/doctest.h>

#include "quant/weight_grid/weight_grid.h"
#include "tests/quant/variable/bent.h"

using core::Tensor;
using quant::QuantisedWeight;
using quant::WeightGrid;

namespace {

/// A peaked and a flat weight: their own exponents differ.
std::vector<QuantisedWeight> two_weights() {
  core::Rng rng(6);
  Tensor peaked = rng.normal({8, 40}, 0, 0.5);
  for (float& x : peaked.writable<float>()) x = x * x * x;
  return {quant_test::bent(peaked, 3, 1.0, true),
          quant_test::bent(rng.uniform({6, 30}, -1.0, 1.0), 3, 1.0, true)};
}

double found(const QuantisedWeight& w) { return w.q.warp.item(); }

}  // namespace

TEST_CASE("a given exponent is that of every weight") {
  std::vector<QuantisedWeight> weights = two_weights();
  quant_test::make<WeightGrid>("power", {{"exponent", 0.7}})->fit(weights);
  for (const QuantisedWeight& w : weights) CHECK(found(w) == doctest::Approx(0.7));
  quant_test::make<WeightGrid>("power")->fit(weights);
  for (const QuantisedWeight& w : weights) CHECK(found(w) == 0.5);
}

TEST_CASE("the search takes each layer by itself or the network as one") {
  std::vector<QuantisedWeight> layer = two_weights(), network = two_weights();
  quant_test::make<WeightGrid>("power", {{"search", "layer"}})->fit(layer);
  quant_test::make<WeightGrid>("power", {{"search", "network"}})->fit(network);
  CHECK(found(layer[0]) < found(layer[1]));
  CHECK(found(network[0]) == found(network[1]));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto error = [](const QuantisedWeight& w) {
      return quant::power_error(std::span(&w, 1), found(w));
    };
    CHECK(error(layer[i]) <= error(network[i]) * 1.001);
  }
}

TEST_CASE("exponents out of range, and both a search and an exponent, are refused") {
  const auto make = [](quant_test::Keys keys) { quant_test::make<WeightGrid>("power", keys); };
  CHECK_THROWS_AS(make({{"exponent", 0.1}}), core::ConfigError);
  CHECK_THROWS_AS(make({{"exponent", 1.6}}), core::ConfigError);
  CHECK_THROWS_AS(make({{"search", "nelder"}}), core::ConfigError);
  CHECK_THROWS_WITH_AS(make({{"search", "layer"}, {"exponent", 0.5}}),
                       doctest::Contains("searched for"), core::ConfigError);
}

TEST_CASE("what a power grid does not have, and what only it has, is refused with the reason") {
  using quant_test::recipe;
  CHECK_THROWS_WITH_AS(recipe({{"learn.exponent.on", true}}), doctest::Contains("uniform grid"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "power"}, {"learn.w_zero.on", true}}),
                       doctest::Contains("no zero point"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "power"}, {"quant.weight.symmetric", false}}),
                       doctest::Contains("quant.weight.symmetric"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "power"}, {"quant.weight.narrow", false}}),
                       doctest::Contains("quant.weight.narrow"), core::ConfigError);
  const quant::Recipe power = recipe({{"quant.weight.grid", "power"}, {"learn.exponent.on", true}});
  CHECK(power.weight.grid.narrow);
  CHECK(power.act.grid.levels == nullptr);
  CHECK(power.learn.exponent.optimizer()->base_lr() == 1e-4);
}

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradients.h"
#include "core/kernels/map.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

namespace {

quant::QuantisedWeight weight_of(const Tensor& w, int bits = 3) {
  const quant::Grid grid{.bits = bits};
  return {w, grid, (*quant_test::make<quant::ScaleInit>("l2p4"))(w, grid)};
}

quant::QuantisedWeight with_step_one(const Tensor& w) {
  return {w, {.bits = 4, .per_channel = false}, {Tensor::full({1}, 1.0), Tensor::full({1}, 8.0)}};
}

}  // namespace

TEST_CASE("rect_sigmoid starts where h is the fractional part") {
  // oracle: V = -ln(1.2 / (r + 0.1) - 1)
  const auto variable = quant_test::make<quant::Learned>("rect_sigmoid");
  const Tensor w = Tensor::of<float>({4}, {0.25f, 1.5f, -1.25f, 2.999f});
  const Tensor v = variable->init(with_step_one(w))[0];
  CHECK(v.at(0) == doctest::Approx(-0.887303).epsilon(1e-5));
  CHECK(std::abs(v.at(1)) < 1e-5);
  CHECK(v.at(2) == doctest::Approx(0.887303).epsilon(1e-5));
  CHECK(v.at(3) == doctest::Approx(2.387035).epsilon(1e-4));  // r = .999 in f32
  const auto soft = variable->soften(with_step_one(w), std::vector{Variable(v)});
  CHECK(soft.h->value().at(0) == doctest::Approx(0.25));
  CHECK(soft.h->value().at(3) == doctest::Approx(0.999));
}

TEST_CASE("rect_sigmoid starts at the float weight inside the range") {
  const auto variable = quant_test::make<quant::Learned>("rect_sigmoid");
  const Tensor w = core::Rng(1).uniform({5, 40}, -6.0, 6.0);
  const auto soft = variable->soften(with_step_one(w),
                                     std::vector{Variable(variable->init(with_step_one(w))[0])});
  CHECK(support::relative_difference(soft.weight.value(), w) < 1e-5);
}

TEST_CASE(
    "rect_sigmoid hardened at its start gives the codes of round to nearest, bit for bit, ties "
    "included") {
  const auto variable = quant_test::make<quant::Learned>("rect_sigmoid");
  for (const int bits : {2, 3, 4, 8}) {
    const auto weight = weight_of(core::Rng(2).normal({8, 500}, 0.05, 1.0), bits);
    CHECK(support::same_bits(variable->harden(weight, variable->init(weight)),
                             quant::quantise_codes(weight.w, weight.q, weight.grid)));
  }
  const auto ties = with_step_one(Tensor::of<float>({6}, {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3.0f}));
  CHECK(support::same_bits(variable->harden(ties, variable->init(ties)),
                           quant::quantise_codes(ties.w, ties.q, ties.grid)));
}

TEST_CASE("rect_sigmoid hardens to the upper code where V >= 0") {
  const auto variable = quant_test::make<quant::Learned>("rect_sigmoid");
  const auto weight = with_step_one(Tensor::of<float>({4}, {0.3f, 0.3f, 20.0f, -20.0f}));
  const Tensor v = Tensor::of<float>({4}, {0.0f, -0.1f, 3.0f, -3.0f});
  CHECK(variable->harden(weight, std::vector{v}).values() == std::vector<double>{9, 8, 15, 0});
}

TEST_CASE("the fused form of rect_sigmoid equals the definition") {
  const auto variable = quant_test::make<quant::Learned>("rect_sigmoid");
  const auto regulariser =
      quant_test::make<quant::Regulariser>("adaround", {{"warm_up", 0.0}, {"lambda", 0.3}});
  REQUIRE(variable->fused());
  const auto weight = weight_of(core::Rng(3).normal({7, 211}, 0.1, 1.0), 2);
  // starts, values near one half, and saturated ones
  Tensor v = variable->init(weight)[0];
  core::accumulate(v, core::Rng(4).normal(v.shape(), 0.0, 1.5));
  v.writable<float>()[5] = 0.0f;
  const Tensor d_soft = core::Rng(5).normal(v.shape(), 0.0, 1.0);
  for (const std::int64_t step : {0, 1, 50, 99}) {
    const Variable leaf(v, true);
    const auto soft = variable->soften(weight, std::span(&leaf, 1));
    const Tensor fused_soft = variable->fused()->soften(weight, std::span(&v, 1));
    CHECK(support::relative_difference(fused_soft, soft.weight.value()) < 1e-6);

    core::Tensor expected = autograd::gradients(soft.weight, std::span(&leaf, 1), &d_soft)[0];
    const Variable h = *soft.h;
    core::accumulate(expected, autograd::gradients(*(*regulariser)(std::span(&h, 1), step, 100),
                                                   std::span(&leaf, 1))[0]);
    const Tensor fused =
        variable->fused()->gradient(weight, std::span(&v, 1), d_soft, regulariser->pull(step, 100));
    CHECK(support::relative_difference(fused, expected) < 1e-5);
  }
}

TEST_CASE("rect_sigmoid refuses stretches that are not centred") {
  CHECK_THROWS_AS(quant_test::make<quant::Learned>("rect_sigmoid", {{"gamma", -0.2}}),
                  core::ConfigError);
}

#include <doctest/doctest.h>

#include "autograd/ops/rect_sigmoid.h"
#include "autograd/ops/soft_round.h"
#include "core/kernels/map.h"
#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("rect_sigmoid starts where h is the fractional part") {
  // oracle: V = -ln(1.2 / (r + 0.1) - 1)
  const auto variable = quant_test::make<quant::RoundingVariable>("rect_sigmoid");
  const auto weight = quant_test::step_one(Tensor::of<float>({4}, {0.25f, 1.5f, -1.25f, 2.999f}));
  const Tensor v = variable->init(weight)[0];
  CHECK(v.at(0) == doctest::Approx(-0.887303).epsilon(1e-5));
  CHECK(std::abs(v.at(1)) < 1e-5);
  CHECK(v.at(2) == doctest::Approx(0.887303).epsilon(1e-5));
  CHECK(v.at(3) == doctest::Approx(2.387035).epsilon(1e-4));  // r = .999 in f32
  const Tensor h = quant_test::start_of(*variable, weight).h->value();
  CHECK(h.at(0) == doctest::Approx(0.25));
  CHECK(h.at(3) == doctest::Approx(0.999));
}

TEST_CASE("rect_sigmoid hardens to the upper code where V >= 0") {
  const auto variable = quant_test::make<quant::RoundingVariable>("rect_sigmoid");
  const auto weight = quant_test::step_one(Tensor::of<float>({4}, {0.3f, 0.3f, 20.0f, -20.0f}));
  const Tensor v = Tensor::of<float>({4}, {0.0f, -0.1f, 3.0f, -3.0f});
  CHECK(variable->harden(weight, std::vector{v}).values() == std::vector<double>{9, 8, 15, 0});
}

TEST_CASE(
    "rect_sigmoid, in one pass and by its curve, equals the ops rect_sigmoid and soft_round") {
  const auto variable = quant_test::make<quant::RoundingVariable>("rect_sigmoid");
  const auto weight = quant_test::ranged(core::Rng(3).normal({7, 211}, 0.1, 1.0), {.bits = 2});
  // starts, values near one half, and saturated ones
  Tensor v = variable->init(weight)[0];
  core::accumulate(v, core::Rng(4).normal(v.shape(), 0.0, 1.5));
  v.writable<float>()[5] = 0.0f;
  const Tensor d_soft = core::Rng(5).normal(v.shape(), 0.0, 1.0);
  const std::vector<Variable> leaf = quant_test::leaves({v});
  const Variable by_ops =
      autograd::soft_round(autograd::rect_sigmoid(leaf[0]), weight.w, weight.q.scale, weight.q.zero,
                           {.q_min = 0, .q_max = 3});
  const Tensor slope = autograd::gradients(by_ops, leaf, &d_soft)[0];
  const Variable soft = variable->soften(weight, leaf, {}).weight;
  CHECK(support::relative_difference(soft.value(), by_ops.value()) < 1e-6);
  CHECK(support::relative_difference(autograd::gradients(soft, leaf, &d_soft)[0], slope) < 1e-5);
  REQUIRE(variable->fused());
  CHECK(support::relative_difference(variable->fused()->soften(weight, std::span(&v, 1), {}),
                                     by_ops.value()) < 1e-6);
  CHECK(support::relative_difference(
            variable->fused()->gradient(weight, std::span(&v, 1), {}, d_soft, {})[0], slope) <
        1e-5);
}

TEST_CASE("rect_sigmoid moves weights that start on the boundary and none that are saturated") {
  const auto variable = quant_test::make<quant::RoundingVariable>("rect_sigmoid");
  CHECK(quant_test::slope_of_h(*variable, 0.0) == doctest::Approx(0.3));
  CHECK(quant_test::slope_of_h(*variable, std::log(11.0)) == doctest::Approx(1.2 * 11 / 144));
  CHECK(quant_test::slope_of_h(*variable, 2.41) == 0);
  CHECK(quant_test::slope_of_h(*variable, -2.41) == 0);
}

TEST_CASE("rect_sigmoid refuses stretches that are not centred") {
  CHECK_THROWS_AS(quant_test::make<quant::RoundingVariable>("rect_sigmoid", {{"gamma", -0.2}}),
                  core::ConfigError);
}

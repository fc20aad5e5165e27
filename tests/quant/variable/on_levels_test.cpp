#include "quant/variable/on_levels.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "autograd/gradients.h"
#include "quant/grid/codes.h"
#include "quant/grid/level_table.h"
#include "tests/quant/variable/bent.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::QuantisedWeight;
using quant_test::bent;
using quant_test::wide;

namespace {

/// One weight of the oracle: m = 1.3, q = 7, a = 0.6.
QuantisedWeight oracle(double w) {
  QuantisedWeight out = wide(bent(Tensor::of<float>({1}, {1.0f}), 4, 0.6, false));
  out.w = Tensor::of<double>({1}, {w});
  out.q.scale = Tensor::of<double>({1}, {1.3 / 7});
  out.q.warp = Tensor::of<double>({1}, {0.6});
  return out;
}

struct Slopes {
  double value, w, v, scale, warp;
};
Slopes slopes_at(const QuantisedWeight& weight, double v) {
  const std::vector<Variable> wrt{Variable(weight.w, true),
                                  Variable(Tensor::full({1}, v, DType::f64), true),
                                  Variable(weight.q.scale, true), Variable(weight.q.warp, true)};
  const Variable y =
      quant::nearest_level(wrt[0], &wrt[1], weight, {.scale = &wrt[2], .warp = &wrt[3]});
  const std::vector<Tensor> g = autograd::gradients(y, wrt);
  return {y.value().item(), g[0].item(), g[1].item(), g[2].item(), g[3].item()};
}

}  // namespace

TEST_CASE("value and gradients of the oracle: u = .31 has code 3") {
  const QuantisedWeight weight = oracle(0.31 * 1.3);
  const Slopes at = slopes_at(weight, 0.0);
  CHECK(quant::quantise_codes(weight.w, weight.q, weight.grid).at(0) == 3);
  CHECK(at.value == doctest::Approx(1.3 * std::pow(3.0 / 7, 1 / 0.6)));
  CHECK(at.v == doctest::Approx(.175945).epsilon(1e-5));
  CHECK(at.warp == doctest::Approx(.031030).epsilon(1e-4));
  CHECK(at.w == 1);
  // the same weight with the other sign, and moved by a code
  const Slopes negative = slopes_at(oracle(-0.31 * 1.3), 0.0);
  CHECK(negative.value == -at.value);
  CHECK(negative.v == doctest::Approx(at.v));
  CHECK(negative.warp == doctest::Approx(-at.warp));
  CHECK(slopes_at(weight, 1.0).value == doctest::Approx(1.3 * std::pow(4.0 / 7, 1 / 0.6)));
}

TEST_CASE("a weight on its level gives the exponent and the step no gradient of the rounding") {
  for (const int n : {-7, -3, -1, 1, 2, 6, 7}) {
    const double level = std::copysign(1.3 * std::pow(std::abs(n) / 7.0, 1 / 0.6), n);
    const Slopes at = slopes_at(oracle(level), 0.0);
    CHECK(at.value == doctest::Approx(level));
    CHECK(std::abs(at.warp) < 1e-12);
    CHECK(std::abs(at.scale) < 1e-12);
  }
}

TEST_CASE("clipped weights let their step move and nothing else; zero codes can leave") {
  const Slopes clipped = slopes_at(oracle(1.6), 0.0);
  CHECK(clipped.value == doctest::Approx(1.3));
  CHECK(clipped.w == 0);
  CHECK(clipped.v == 0);
  CHECK(clipped.warp == 0);
  CHECK(clipped.scale == doctest::Approx(7));
  const Slopes zero = slopes_at(oracle(0.001), 0.0);
  CHECK(zero.value == 0);
  CHECK(zero.v == doctest::Approx(1.3 / (0.6 * 7) * std::pow(0.5 / 7, 1 / 0.6 - 1)));
  CHECK(zero.warp == 0);
}

TEST_CASE("the step between two levels matches finite differences, step and exponent included") {
  core::Rng rng(1);
  QuantisedWeight weight = wide(bent(rng.normal({2, 9}, 0, 1), 3, 0.6, true));
  const Tensor floors =
      Tensor::of<double>({2, 9}, {-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 2, 1, 0, -1, -2, -3, -4, 0});
  const std::vector<Tensor> inputs{rng.uniform({2, 9}, 0.1, 0.9, DType::f64), weight.q.scale,
                                   weight.q.warp};
  const auto report = autograd::gradcheck(
      [&](auto in) {
        return quant::between_levels(floors, in[0], weight, {.scale = &in[1], .warp = &in[2]});
      },
      inputs);
  CHECK_MESSAGE(report.passed, report.str());
}

TEST_CASE("both ends of the step between two levels are those levels, bit for bit") {
  for (const double a : {0.3, 0.7, 1.3}) {
    const QuantisedWeight weight = bent(core::Rng(2).normal({4, 300}, 0, 1), 4, a, true);
    const Tensor codes = quant::quantise_codes(weight.w, weight.q, weight.grid);
    const Tensor hard = quant::dequantise(codes, weight.q, weight.grid), at = codes.to(DType::f32);
    Tensor below = at;
    for (float& x : below.writable<float>()) x -= 1;
    const Variable none(Tensor::zeros(at.shape())), one(Tensor::full(at.shape(), 1.0));
    CHECK(support::same_bits(quant::between_levels(at, none, weight, {}).value(), hard));
    const Tensor up = quant::between_levels(below, one, weight, {}).value();
    for (int i = 0; i < 1200; ++i) CHECK(up.at(i) == hard.at(i));
    CHECK(support::same_bits(quant::nearest_level(Variable(weight.w), nullptr, weight, {}).value(),
                             hard));
  }
}

TEST_CASE("sums over runs longer than a block do not depend on how they are cut") {
  QuantisedWeight weight = wide(bent(core::Rng(3).normal({20000}, 0, 1), 4, 0.5, false));
  const Tensor dy = core::Rng(4).normal({20000}, 0, 1, DType::f64);
  const std::vector<Variable> wrt{Variable(weight.q.scale, true), Variable(weight.q.warp, true)};
  const Variable y = quant::nearest_level(Variable(weight.w), nullptr, weight,
                                          {.scale = &wrt[0], .warp = &wrt[1]});
  const auto got = autograd::gradients(y, wrt, &dy);
  const quant::LevelTable table(weight.grid, weight.q.warp);
  const double s = weight.q.scale.item();
  double ds = 0, da = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = weight.w.at(i) / s, t = weight.grid.levels->position(x, table.warp());
    const int n = table.code(t);
    ds += dy.at(i) * (table.level(n) - table.slope(n) * 0.5 * t);
    da += dy.at(i) * s * weight.grid.levels->rounded_by_warp(x, n, table.warp());
  }
  CHECK(got[0].item() == doctest::Approx(ds));
  CHECK(got[1].item() == doctest::Approx(da));
}

TEST_CASE("shapes that do not fit are refused, and what is not a number stays so") {
  const QuantisedWeight weight = bent(Tensor::of<float>({4}, {1, 2, 3, 4}), 3, 0.5, false);
  const Variable w(weight.w), small(Tensor::zeros({3}));
  CHECK_THROWS_AS(quant::nearest_level(small, nullptr, weight, {}), core::ShapeError);
  CHECK_THROWS_AS(quant::nearest_level(w, &small, weight, {}), core::ShapeError);
  CHECK_THROWS_AS(quant::between_levels(weight.w, small, weight, {}), core::ShapeError);
  const Variable three(Tensor::full({3}, 1.0)), two(Tensor::full({2}, 0.5));
  CHECK_THROWS_AS(quant::nearest_level(w, nullptr, weight, {.scale = &three}), core::ShapeError);
  CHECK_THROWS_AS(quant::nearest_level(w, nullptr, weight, {.warp = &two}), core::ShapeError);
  const Variable lost(Tensor::full({4}, NAN));
  CHECK(std::isnan(quant::nearest_level(w, &lost, weight, {}).value().at(0)));
  CHECK(std::isnan(quant::between_levels(weight.w, lost, weight, {}).value().at(0)));
}

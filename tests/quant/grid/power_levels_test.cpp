#include "quant/grid/power_levels.h"

#include <doctest/doctest.h>

#include <cmath>

#include "quant/grid/codes.h"
#include "tests/quant/variable/bent.h"

using core::DType;
using core::Tensor;
using quant::Grid;
using quant::QuantisedWeight;
using quant_test::bent;

namespace {

/// Levels as a continuous function, in steps: what the formulas are differences of.
double level_at(double code, double a, double q) {
  return std::copysign(q * std::pow(std::abs(code) / q, 1 / a), code);
}

}  // namespace

TEST_CASE("the levels of exponent 1/2 at 4 bit are those of the table") {
  const double table[] = {0, .0204, .0816, .1837, .3265, .5102, .7347, 1};
  const std::vector<double> a{0.5};
  for (int n = 0; n < 8; ++n) {
    CHECK(quant::power_levels().level(n, {a, 7}) / 7 == doctest::Approx(table[n]).epsilon(3e-4));
    CHECK(quant::power_levels().level(-n, {a, 7}) == -quant::power_levels().level(n, {a, 7}));
  }
}

TEST_CASE("the slope stays finite and above zero at the code zero, whatever the exponent") {
  for (const double a : {0.2, 0.5, 1.0, 1.5}) {
    const std::vector<double> warp{a};
    for (int n = -7; n <= 7; ++n) {
      const double slope = quant::power_levels().slope(n, {warp, 7});
      CHECK(slope > 0);
      const double y = std::max(std::abs(n) / 7.0, 0.5 / 7);
      CHECK(slope == doctest::Approx(std::pow(y, 1 / a - 1) / a));
      if (n == 0) continue;
      const double e = 1e-6;
      CHECK(
          slope ==
          doctest::Approx((level_at(n + e, a, 7) - level_at(n - e, a, 7)) / (2 * e)).epsilon(1e-6));
    }
  }
}

TEST_CASE("derivatives by the exponent and the step match differences at a fixed residual") {
  const quant::Levels& levels = quant::power_levels();
  const double e = 1e-6, q = 7;
  for (const double a : {0.3, 0.6, 1.0, 1.4}) {
    const std::vector<double> warp{a}, more{a + e}, less{a - e};
    for (const double x : {0.04, 0.7, 2.17, -3.3, 6.8, -7.0}) {
      const double t = levels.position(x, {warp, q});
      for (const int n : {1, -2, 3, 7}) {
        const double rest = n - t;
        const double by_warp = (level_at(levels.position(x, {more, q}) + rest, a + e, q) -
                                level_at(levels.position(x, {less, q}) + rest, a - e, q)) /
                               (2 * e);
        CHECK(levels.rounded_by_warp(x, n, {warp, q}) ==
              doctest::Approx(by_warp).epsilon(1e-6).scale(1));
        const double fixed = (level_at(n, a + e, q) - level_at(n, a - e, q)) / (2 * e);
        CHECK(levels.level_by_warp(n, {warp, q}) == doctest::Approx(fixed).epsilon(1e-6).scale(1));
      }
      const double by_log =
          (levels.position(x * (1 + e), {warp, q}) - levels.position(x * (1 - e), {warp, q})) /
          (2 * e);
      CHECK(levels.elasticity(x, {warp, q}) == doctest::Approx(by_log).epsilon(1e-6));
    }
    CHECK(levels.rounded_by_warp(2.0, 0, {warp, q}) == 0);
    CHECK(levels.rounded_by_warp(0.0, 3, {warp, q}) == 0);
    CHECK(levels.level_by_warp(0, {warp, q}) == 0);
    for (int n = -7; n <= 7; ++n)  // no residual, no gradient
      CHECK(std::abs(levels.rounded_by_warp(levels.level(n, {warp, q}), n, {warp, q})) < 1e-12);
  }
}

TEST_CASE("an exponent of 1 is the uniform narrow grid, bit for bit") {
  const Tensor wide = core::Rng(3).normal({5, 4, 3, 3}, 0.1, 0.5);
  for (int bits = 2; bits <= 8; ++bits) {
    for (const bool per_channel : {true, false}) {
      for (const DType dtype : {DType::f32, DType::f64}) {
        const Grid uniform{
            .bits = bits, .symmetric = true, .narrow = true, .per_channel = per_channel};
        QuantisedWeight w = bent(wide, bits, 1.0, per_channel);
        w.w = wide.to(dtype);
        w.q = {w.q.scale.to(dtype), w.q.zero.to(dtype), w.q.warp.to(dtype)};
        const Tensor codes = quant::quantise_codes(w.w, w.q, w.grid);
        CHECK(support::same_bits(codes, quant::quantise_codes(w.w, w.q, uniform)));
        CHECK(support::same_bits(quant::dequantise(codes, w.q, w.grid),
                                 quant::dequantise(codes, w.q, uniform)));
        CHECK(quant::clipped_share(w.w, w.q, w.grid) == quant::clipped_share(w.w, w.q, uniform));
      }
    }
  }
}

TEST_CASE("quantising a quantised tensor changes nothing, whatever the exponent") {
  const Tensor w = core::Rng(4).normal({6, 5, 3, 3}, 0.1, 0.5);
  for (int bits = 2; bits <= 8; ++bits) {
    for (const double a : {0.2, 0.37, 0.5, 0.85, 1.0, 1.2, 1.5}) {
      for (const bool per_channel : {true, false}) {
        const QuantisedWeight weight = bent(w, bits, a, per_channel);
        const Tensor once = quant::fake_quantise(weight.w, weight.q, weight.grid);
        CHECK(support::same_bits(quant::fake_quantise(once, weight.q, weight.grid), once));
        CHECK(quant::clipped_share(weight.w, weight.q, weight.grid) == 0);  // m = max |w|
      }
    }
  }
}

TEST_CASE("codes are those of the definition, at every exponent") {
  const QuantisedWeight weight = bent(core::Rng(5).normal({3, 50}, 0, 1), 4, 0.6, true);
  const Tensor codes = quant::quantise_codes(weight.w, weight.q, weight.grid);
  const Tensor hard = quant::fake_quantise(weight.w, weight.q, weight.grid);
  for (int i = 0; i < 150; ++i) {
    const double m = 7 * weight.q.scale.at(i / 50), w = weight.w.at(i);
    const double n = std::copysign(std::nearbyint(7 * std::pow(std::abs(w) / m, 0.6)), w);
    CHECK(codes.at(i) == n);
    CHECK(hard.at(i) ==
          doctest::Approx(std::copysign(m * std::pow(std::abs(n) / 7, 1 / 0.6), n)).epsilon(1e-6));
  }
  CHECK(weight.grid.str() == "power 4 bit per channel");
}

TEST_CASE("a range below the largest weight clips, and the share says so") {
  QuantisedWeight weight = bent(Tensor::of<float>({4}, {1.0f, -1.0f, 0.2f, 0.1f}), 3, 0.5, false);
  weight.q.scale = Tensor::full({1}, 0.5 / 3);
  CHECK(quant::clipped_share(weight.w, weight.q, weight.grid) == 0.5);
  CHECK(quant::fake_quantise(weight.w, weight.q, weight.grid).at(0) == doctest::Approx(0.5));
}

TEST_CASE("the search ends at the minimum that brute force finds") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    core::Rng rng(seed);
    Tensor heavy = rng.normal({8, 40}, 0, 0.3);  // peaked at zero: exponents below 1
    for (float& x : heavy.writable<float>()) x = x * x * x;
    const std::vector<QuantisedWeight> weights{bent(heavy, 3, 1.0, true),
                                               bent(rng.normal({6, 30}, 0, 1), 4, 1.0, true)};
    for (const bool together : {true, false}) {
      const auto some = together ? std::span(weights) : std::span(weights).first(1);
      double least = 1e300;
      for (int i = 0; i <= 1000; ++i)
        least = std::min(least, quant::power_error(some, 0.2 + 0.001 * i));
      const double found = quant::search_exponent(some);
      CHECK(found >= 0.2);
      CHECK(found <= 1.2);
      // the error is rough on the scale of single weights: 340 of them, each in or out of a code
      CHECK(quant::power_error(some, found) <= 1.01 * least);
      CHECK(quant::power_error(some, found) < quant::power_error(some, 1.0));
    }
  }
  CHECK_THROWS_AS(quant::search_exponent({}), core::ShapeError);
}

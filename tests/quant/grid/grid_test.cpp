#include "quant/grid/grid.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/kernels/map.h"
#include "core/rng.h"
#include "quant/grid/codes.h"
#include "quant/scale/scale.h"
#include "quant/weight_grid/weight_grid.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;
using quant::Grid;
using quant::QParams;

namespace {

QParams one(float scale, float zero) {
  return {Tensor::of<float>({1}, {scale}), Tensor::of<float>({1}, {zero})};
}

Tensor unit_moments(std::int64_t k) {
  Tensor out = Tensor::zeros({1, k, k}, core::DType::f64);
  for (std::int64_t i = 0; i < k; ++i) out.writable<double>()[i * k + i] = 1;
  return out;
}

std::set<int> codes_reached(const Grid& grid) {
  Tensor x = Tensor::empty({401});
  for (int i = 0; i <= 400; ++i) x.writable<float>()[i] = static_cast<float>(i - 200) * 0.05f;
  const Tensor codes = quant::quantise_codes(x, one(1.0f, 0.0f), grid);
  std::set<int> seen;
  for (const auto c : codes.data<std::int32_t>()) seen.insert(c);
  return seen;
}

int bits_of(core::Value value) {
  core::Params params(quant_test::tree({{"bits", value}}));
  return quant::read_bits(params, "bits", 4, "bits");
}

}  // namespace

TEST_CASE("symmetric 2-bit codes are -2 to 1, narrow ones -1 to 1, asymmetric ones 0 to 3") {
  CHECK(codes_reached({.bits = 2, .symmetric = true}) == std::set<int>{-2, -1, 0, 1});
  CHECK(codes_reached({.bits = 2, .symmetric = true, .narrow = true}) == std::set<int>{-1, 0, 1});
  CHECK(codes_reached({.bits = 2}) == std::set<int>{0, 1, 2, 3});
}

TEST_CASE("quantising a quantised tensor changes nothing, on every grid") {
  core::Rng rng(3);
  const Tensor w = rng.normal({6, 5, 3, 3}, 0.1, 0.5);
  for (int bits = 2; bits <= 8; ++bits) {
    for (const bool symmetric : {false, true}) {
      for (const bool per_channel : {false, true}) {
        const Grid grid{.bits = bits, .symmetric = symmetric, .per_channel = per_channel};
        const QParams q = (*quant_test::make<quant::Scale>("minmax"))(w, grid);
        const Tensor once = quant::fake_quantise(w, q, grid);
        CHECK(support::same_bits(quant::fake_quantise(once, q, grid), once));
      }
    }
  }
}

TEST_CASE("each channel has its own step and the error is at most half a step inside the range") {
  core::Rng rng(4);
  Tensor w = rng.normal({4, 50}, 0.0, 1.0);
  for (int c = 0; c < 4; ++c) {
    for (int i = 0; i < 50; ++i)
      w.writable<float>()[c * 50 + i] *= std::pow(10.0f, static_cast<float>(c - 2));
  }
  const Grid grid{.bits = 6};
  const QParams q = (*quant_test::make<quant::Scale>("minmax"))(w, grid);
  REQUIRE(q.scale.shape() == core::Shape{4});
  const Tensor y = quant::fake_quantise(w, q, grid);
  for (int i = 0; i < 200; ++i) CHECK(std::abs(w.at(i) - y.at(i)) <= q.scale.at(i / 50) * 1.01);
  CHECK(quant::clipped_share(w, q, grid) <= 0.02);
}

TEST_CASE("a range without width has the step of nothing and codes for exactly zero") {
  const Grid grid{.bits = 3};
  const quant::Step step = quant::step_of_range(0.0, 0.0, grid);
  CHECK(step.scale == quant::kStepOfZero);
  CHECK(step.zero == 0.0);
  const Tensor zeros = Tensor::zeros({2, 3});
  const QParams q = (*quant_test::make<quant::Scale>("l2p4"))(zeros, grid);
  CHECK(support::same_bits(quant::fake_quantise(zeros, q, grid), zeros));
}

TEST_CASE("the error of a row over its range is the same at every magnitude") {
  const std::vector<double> row{1.13, -2.37, 3.41, -4};
  const Grid grid{.bits = 8};
  const auto minmax = quant_test::make<quant::Scale>("minmax");
  for (int power = -36; power <= 36; ++power) {
    const double k = std::pow(10.0, power);
    std::vector<double> scaled = row;
    for (double& v : scaled) v *= k;
    const Tensor w = Tensor::of<double>({1, 4}, scaled).to(core::DType::f32);
    const Tensor y = quant::fake_quantise(w, (*minmax)(w, grid), grid);
    double worst = 0;
    for (std::int64_t i = 0; i < 4; ++i) worst = std::max(worst, std::abs(w.at(i) - y.at(i)));
    CAPTURE(power);
    CHECK(worst / (7.41 * k) == doctest::Approx(0.0017307).epsilon(1e-3));
  }
}

TEST_CASE("every way to choose ranges, on every weight grid, commutes with powers of two") {
  const Tensor w = core::Rng(3).normal({4, 36}, 0.1, 0.3);
  for (const std::string& scale : core::Registry<quant::Scale>::names()) {
    for (const std::string& levels : core::Registry<quant::WeightGrid>::names()) {
      const auto init = quant_test::make<quant::Scale>(scale);
      const auto spacing = quant_test::make<quant::WeightGrid>(levels);
      const int bits = spacing->misfit(3).empty() ? 3 : 2;
      const bool bent = spacing->levels() != nullptr;
      const Grid grid{.bits = bits,
                      .symmetric = bent,
                      .narrow = bent && spacing->levels()->narrow(),
                      .levels = spacing->levels()};
      if (init->needs_inputs() && bent) continue;  // refused by the recipe
      const auto quantised = [&](int power) {
        const Tensor x = core::affine(w, std::ldexp(1.0, power), 0.0);
        std::vector<quant::QuantisedWeight> weights{{x, grid, (*init)(x, grid)}};
        if (init->needs_inputs()) weights[0].q = init->on_inputs(x, grid, unit_moments(36));
        spacing->fit(weights);
        return quant::fake_quantise(x, weights[0].q, grid);
      };
      const Tensor plain = quantised(0);
      for (const int power : {-110, -60, -40, -31, -24, -10, 10, 31, 60, 110}) {
        CAPTURE(scale);
        CAPTURE(levels);
        CAPTURE(power);
        CHECK(core::affine(quantised(power), std::ldexp(1.0, -power), 0.0).values() ==
              plain.values());
      }
    }
  }
}

TEST_CASE("steps stop at the smallest normal number, below which f32 has fewer digits") {
  const quant::Step step = quant::step_of_range(0.0, 1e-40, {.bits = 3});
  CHECK(step.scale == quant::kSmallestStep);
  CHECK(static_cast<float>(step.scale) > 0);
  const Tensor x = Tensor::of<float>({1, 3}, {0.0f, 3e38f, -3e38f});
  const QParams q{Tensor::full({1}, step.scale), Tensor::zeros({1})};
  for (const double v : quant::fake_quantise(x, q, {.bits = 3}).values()) CHECK(std::isfinite(v));
}

TEST_CASE("zero lies on every asymmetric grid and ranges are widened to hold it") {
  const quant::Step high = quant::step_of_range(2.0, 3.0, {.bits = 2});
  CHECK(high.scale == doctest::Approx(1.0));
  CHECK(high.zero == 0.0);
  const quant::Step low = quant::step_of_range(-3.0, -2.0, {.bits = 2});
  CHECK(low.zero == 3.0);
  const quant::Step both = quant::step_of_range(-1.0, 2.0, {.bits = 2});
  CHECK(both.zero == 1.0);
}

TEST_CASE("symmetric ranges reach the larger end") {
  const quant::Step step =
      quant::step_of_range(-1.0, 3.0, {.bits = 3, .symmetric = true, .narrow = true});
  CHECK(step.scale == doctest::Approx(1.0));
  CHECK(step.zero == 0.0);
}

TEST_CASE("bits outside 2 to 8 are refused by name, 32 switches off") {
  CHECK(bits_of(2) == 2);
  CHECK(bits_of(8) == 8);
  CHECK(Grid{.bits = bits_of(32)}.off());
  for (const int bad : {0, 1, 9, 16, 17, -3}) {
    CHECK_THROWS_WITH_AS(bits_of(bad), doctest::Contains("bits must be 2 to 8"), core::ConfigError);
  }
}

TEST_CASE("a group has its own step, and a row that it does not divide is refused") {
  // two channels of four weights, groups of two: steps 1, 2, 3, 4 at codes 0..3, z = 1
  const Grid grid{.bits = 2, .group = 2};
  const core::Tensor w = core::Tensor::of<float>({2, 4}, {1, -1, 4, 2, 3, -3, 8, 100});
  CHECK(quant::entries_of(w, grid) == 4);
  const quant::QParams q{core::Tensor::of<float>({4}, {1, 2, 3, 4}), core::Tensor::full({4}, 1)};
  CHECK(quant::fake_quantise(w, q, grid).values() == std::vector<double>{1, -1, 4, 2, 3, -3, 8, 8});
  CHECK(grid.str() == "asymmetric 2 bit per group of 2");
  CHECK_THROWS_AS(quant::entries_of(w, {.bits = 2, .group = 3}), core::ShapeError);
}

#include "quant/grid/level_table.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/rng.h"
#include "quant/grid/codes.h"
#include "quant/grid/power_levels.h"
#include "tests/support/compare.h"

using core::Tensor;
using quant::Grid;
using quant::QParams;

namespace {

const Grid kPower{.bits = 4, .symmetric = true, .narrow = true, .levels = &quant::power_levels()};

}  // namespace

TEST_CASE("a table holds the levels of all codes, from the lowest to the highest") {
  const quant::LevelTable table(kPower, Tensor::of<double>({1}, {0.5}));
  CHECK(table.lo() == -7);
  CHECK(table.hi() == 7);
  CHECK(table.level(-7) == -7);
  CHECK(table.level(0) == 0);
  CHECK(table.level(7) == 7);
  for (int n = -7; n < 7; ++n) CHECK(table.level(n) < table.level(n + 1));
}

TEST_CASE("codes are rounded half to even and clipped, and what is clipped is not inside") {
  const quant::LevelTable table(kPower, Tensor::of<double>({1}, {0.5}));
  CHECK(table.code(2.5) == 2);
  CHECK(table.code(3.5) == 4);
  CHECK(table.code(-0.5) == 0);
  CHECK(table.code(100.0) == 7);
  CHECK(table.code(-1e30) == -7);
  CHECK(table.code(NAN) == -7);
  CHECK(table.inside(7.4));
  CHECK_FALSE(table.inside(7.6));
  CHECK_FALSE(table.inside(-8.0));
  CHECK_FALSE(table.inside(NAN));
}

TEST_CASE("positions on a uniform grid are values in steps") {
  const Tensor x = core::Rng(1).normal({3, 20}, 0, 1);
  const QParams q{Tensor::of<float>({3}, {0.5f, 0.3f, 0.07f}), Tensor::zeros({3})};
  const Tensor at = quant::positions(x, q, {.bits = 4});
  for (int i = 0; i < 60; ++i) {
    const float s = static_cast<float>(q.scale.at(i / 20));
    CHECK(at.data<float>()[static_cast<std::size_t>(i)] ==
          x.data<float>()[static_cast<std::size_t>(i)] / s);
  }
}

TEST_CASE("a grid with levels is refused without their parameters, and entries must divide") {
  const QParams bare{Tensor::full({1}, 0.1), Tensor::zeros({1})};
  CHECK_THROWS_AS(quant::positions(Tensor::zeros({4}), bare, kPower), core::ShapeError);
  CHECK_THROWS_AS(quant::quantise_codes(Tensor::zeros({4}), bare, kPower), core::ShapeError);
  CHECK_THROWS_AS(quant::dequantise(Tensor::zeros({4}, core::DType::s32), bare, kPower),
                  core::ShapeError);
  const QParams three{Tensor::full({3}, 0.1), Tensor::zeros({3}), Tensor::full({1}, 0.5)};
  CHECK_THROWS_AS(quant::positions(Tensor::zeros({4}), three, kPower), core::ShapeError);
}

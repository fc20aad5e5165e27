#include "core/kernels/cast.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/compare.h"

using core::DType;
using core::Tensor;

TEST_CASE("cast to bf16 goes to nearest even and keeps NaN and infinities") {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x =
      Tensor::of<float>({7}, {1.0f, 1.00390625f, 1.01171875f, -3.3f, std::nanf(""), -inf, 3.4e38f});
  const Tensor half = core::cast(x, DType::bf16);
  CHECK(half.dtype() == DType::bf16);
  CHECK(half.at(0) == 1.0);
  CHECK(half.at(1) == 1.0);       // halfway between 1 and 1 + 2^-7
  CHECK(half.at(2) == 1.015625);  // halfway, the upper neighbour is even
  CHECK(half.at(3) == -3.296875);
  CHECK(std::isnan(half.at(4)));
  CHECK(half.at(5) == -inf);
  CHECK(half.at(6) == inf);  // rounds up past the largest bf16
  CHECK(core::cast(half, DType::bf16).is_same(half));
}

TEST_CASE("cast equals the plain conversion of a tensor for every pair of floating types") {
  core::Rng rng(1);
  const Tensor x = rng.normal({100'003}, 0, 10);  // long enough for several pieces
  for (const DType from : {DType::f32, DType::f64, DType::bf16}) {
    for (const DType to : {DType::f32, DType::f64, DType::bf16})
      CHECK(support::same_bits(core::cast(x.to(from), to), x.to(from).to(to)));
  }
}

TEST_CASE("cast refuses integers") {
  CHECK_THROWS_AS(core::cast(Tensor::zeros({2}, DType::s32), DType::f32), core::ShapeError);
  CHECK_THROWS_AS(core::cast(Tensor::zeros({2}), DType::u8), core::ShapeError);
}

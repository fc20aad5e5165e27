#include "core/onednn/operands.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/compare.h"

using core::DType;
using core::Precision;
using core::Tensor;
namespace onednn = core::onednn;

TEST_CASE("rounding to bf16 goes to nearest even and keeps NaN and infinities") {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x =
      Tensor::of<float>({7}, {1.0f, 1.00390625f, 1.01171875f, -3.3f, std::nanf(""), -inf, 3.4e38f});
  const Tensor half = onednn::to_bf16(x);
  CHECK(half.dtype() == DType::bf16);
  CHECK(half.at(0) == 1.0);
  CHECK(half.at(1) == 1.0);       // halfway between 1 and 1 + 2^-7
  CHECK(half.at(2) == 1.015625);  // halfway, the upper neighbour is even
  CHECK(half.at(3) == -3.296875);
  CHECK(std::isnan(half.at(4)));
  CHECK(half.at(5) == -inf);
  CHECK(half.at(6) == inf);  // rounds up past the largest bf16
  CHECK(onednn::to_bf16(half).is_same(half));
}

TEST_CASE("rounding in place of conversion gives the same values in f32 and f64") {
  core::Rng rng(1);
  const Tensor x = rng.normal({100'003}, 0, 10);  // long enough for several pieces
  const Tensor half = x.to(DType::bf16);
  CHECK(support::same_bits(onednn::to_bf16(x), half));
  CHECK(support::same_bits(onednn::rounded_to_bf16(x), half.to(DType::f32)));
  CHECK(support::same_bits(onednn::rounded_to_bf16(half), half.to(DType::f32)));
  CHECK(support::same_bits(onednn::rounded_to_bf16(x.to(DType::f64)), half.to(DType::f64)));
}

TEST_CASE("a product without a bf16 primitive runs on rounded f32 operands") {
  const Tensor a = Tensor::full({2}, 1.001), b = Tensor::full({2}, 3.003);
  int calls = 0;
  onednn::run_product(
      "test", a, b, onednn::Second::rounded_here, Precision::bf16,
      [&](const Tensor& x, const Tensor& y) {
        ++calls;
        if (x.dtype() == DType::bf16) return false;
        CHECK(support::same_bits(x, onednn::rounded_to_bf16(a)));
        CHECK(support::same_bits(y, onednn::rounded_to_bf16(b)));
        return true;
      },
      [](const Tensor&, const Tensor&) { FAIL("not a f64 product"); });
  CHECK(calls == (onednn::bf16_native() ? 2 : 1));
}

TEST_CASE("operands of mixed types are refused") {
  const Tensor f = Tensor::zeros({2}), d = Tensor::zeros({2}, DType::f64),
               h = Tensor::zeros({2}, DType::bf16);
  CHECK_NOTHROW(onednn::check_operands("test", f, h, Precision::bf16));
  CHECK_NOTHROW(onednn::check_operands("test", d, d, Precision::bf16));
  CHECK_THROWS_AS(onednn::check_operands("test", f, h, Precision::f32), core::ShapeError);
  CHECK_THROWS_AS(onednn::check_operands("test", f, d, Precision::f32), core::ShapeError);
  CHECK_THROWS_AS(onednn::check_operands("test", h, d, Precision::bf16), core::ShapeError);
}

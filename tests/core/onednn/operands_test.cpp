#include "core/onednn/operands.h"

#include <doctest/doctest.h>

#include "tests/support/compare.h"

using core::DType;
using core::Precision;
using core::Tensor;
namespace onednn = core::onednn;

TEST_CASE("rounding in place of conversion gives the same values in f32 and f64") {
  core::Rng rng(1);
  const Tensor x = rng.normal({100'003}, 0, 10);  // long enough for several pieces
  const Tensor half = x.to(DType::bf16);
  CHECK(support::same_bits(onednn::rounded_to_bf16(x), half.to(DType::f32)));
  CHECK(support::same_bits(onednn::rounded_to_bf16(half), half.to(DType::f32)));
  CHECK(support::same_bits(onednn::rounded_to_bf16(x.to(DType::f64)), half.to(DType::f64)));
}

TEST_CASE("a product without a bf16 primitive runs on rounded f32 operands") {
  const Tensor a = Tensor::full({2}, 1.001), b = Tensor::full({2}, 3.003);
  for (const DType result : {DType::f32, DType::bf16}) {
    int calls = 0;
    Tensor y = Tensor::empty({2}, result);
    onednn::run_product(
        "test", a, b, onednn::Second::rounded_here, Precision::bf16, y,
        [&](const Tensor& left, const Tensor& right, Tensor& to) {
          ++calls;
          if (left.dtype() == DType::bf16) return false;
          CHECK(support::same_bits(left, onednn::rounded_to_bf16(a)));
          CHECK(support::same_bits(right, onednn::rounded_to_bf16(b)));
          CHECK(to.dtype() == DType::f32);
          for (float& v : to.writable<float>()) v = 1.00390625f;  // between two bf16
          return true;
        },
        [](const Tensor&, const Tensor&, Tensor&) { FAIL("not a f64 product"); });
    CHECK(calls == (onednn::bf16_native() ? 2 : 1));
    CHECK(y.dtype() == result);
    CHECK(y.at(0) == (result == DType::f32 ? 1.00390625 : 1.0));
  }
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

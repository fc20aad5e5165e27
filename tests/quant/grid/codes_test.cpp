#include "quant/grid/codes.h"

#include <doctest/doctest.h>

using core::Tensor;
using quant::QParams;

namespace {

QParams one(float scale, float zero) {
  return {Tensor::of<float>({1}, {scale}), Tensor::of<float>({1}, {zero})};
}

}  // namespace

TEST_CASE("rounding is half to even and clipped") {
  const Tensor x = Tensor::of<float>({7}, {0.5f, 1.5f, 2.5f, -0.5f, -1.0f, 3.4f, 9.0f});
  const Tensor codes = quant::quantise_codes(x, one(1.0f, 1.0f), {.bits = 2});
  CHECK(codes.values() == std::vector<double>{1, 3, 3, 1, 0, 3, 3});
}

TEST_CASE("the share of clipped elements, by hand") {
  const Tensor x = Tensor::of<float>({4}, {-3.0f, 0.0f, 2.4f, 2.6f});  // codes -2, 1, 3 and 4
  CHECK(quant::clipped_share(x, one(1.0f, 1.0f), {.bits = 2}) == 0.5);
}

TEST_CASE("entries that do not divide the tensor are refused") {
  const QParams q{Tensor::full({3}, 1.0), Tensor::zeros({3})};
  CHECK_THROWS_AS(quant::quantise_codes(Tensor::zeros({4}), q, {}), core::ShapeError);
}

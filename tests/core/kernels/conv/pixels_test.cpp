#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "core/kernels/conv/pixels.h"
#include "core/rng.h"

using namespace core;

namespace {

/// By the definition, one element at a time.
Tensor expected(const Tensor& x, const Positions& rows, const Positions& columns) {
  const Shape& s = x.shape();
  const std::vector<double> from = x.values();
  std::vector<double> to;
  for (std::int64_t n = 0; n < s[0]; ++n) {
    for (std::int64_t i = 0; i < rows.count; ++i) {
      for (std::int64_t j = 0; j < columns.count; ++j) {
        const std::int64_t row = rows.begin + i * rows.step;
        const std::int64_t column = columns.begin + j * columns.step;
        const bool inside = row >= 0 && row < s[1] && column >= 0 && column < s[2];
        for (std::int64_t c = 0; c < s[3]; ++c)
          to.push_back(
              inside ? from[static_cast<std::size_t>(((n * s[1] + row) * s[2] + column) * s[3] + c)]
                     : 0.0);
      }
    }
  }
  return Tensor::of<double>({s[0], rows.count, columns.count, s[3]}, std::span<const double>(to));
}

double dot(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.values(), y = b.values();
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

}  // namespace

TEST_CASE(
    "pixels reads a grid of an image, with zeros outside, and pixels_backward is its adjoint") {
  const Shape shape{2, 7, 5, 3};
  const std::vector<Positions> grids{{0, 5}, {0, 3, 2}, {1, 2, 3},  {-2, 9},     {-3, 4, 2},
                                     {4, 3}, {9, 2},    {-9, 3, 2}, {-5, 20, 3}, {2, 1},
                                     {0, 0}, {6, 2, 4}, {-40, 3, 2}};
  Rng rng(5);
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16}) {
    const Tensor x = rng.normal(shape, 0, 1).to(dtype);
    for (const Positions& rows : grids) {
      for (const Positions& columns : grids) {
        CAPTURE(rows.begin);
        CAPTURE(rows.step);
        CAPTURE(columns.begin);
        CAPTURE(columns.step);
        const Tensor y = pixels(x, rows, columns);
        CHECK(y.dtype() == dtype);
        CHECK(y.values() == expected(x, rows, columns).values());
        const Tensor dy = rng.normal(y.shape(), 0, 1).to(dtype);
        const Tensor dx = pixels_backward(dy, shape, rows, columns);
        CHECK(dx.shape() == shape);
        CHECK(dot(dx, x) == doctest::Approx(dot(dy, y)));
      }
    }
  }
}

TEST_CASE("pixels refuses what is no image and what is no grid") {
  const Tensor x = Tensor::zeros({2, 3, 3, 1});
  CHECK_THROWS_AS(pixels(Tensor::zeros({3, 3}), {0, 1}, {0, 1}), ShapeError);
  CHECK_THROWS_AS(pixels(x, {0, -1}, {0, 1}), ShapeError);
  CHECK_THROWS_AS(pixels(x, {0, 1}, {0, 1, 0}), ShapeError);
  CHECK_THROWS_AS(pixels_backward(x, {2, 3, 3, 1}, {0, 2}, {0, 3}), ShapeError);
}

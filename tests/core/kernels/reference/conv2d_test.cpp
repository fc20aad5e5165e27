#include "core/kernels/reference/conv2d.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/support/compare.h"
#include "tests/support/products.h"

using core::Conv2dOptions;
using core::DType;
using core::Shape;
using core::Tensor;

namespace {

double dot(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.values(), y = b.values();
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

}  // namespace

TEST_CASE("the reference convolution gives a sum worked out by hand") {
  const Tensor x = Tensor::of<double>({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6});
  const Tensor w = Tensor::of<double>({1, 1, 2, 2}, {1, 10, 100, 1000});
  const Tensor b = Tensor::of<double>({1}, {0.5});
  Tensor y = Tensor::empty({1, 1, 2, 1}, DType::f64);
  core::reference::conv2d(x, w, &b, {}, y);
  CHECK(y.at(0) == 1 + 20 + 400 + 5000 + 0.5);
  CHECK(y.at(1) == 2 + 30 + 500 + 6000 + 0.5);
}

TEST_CASE("the reference convolution pads with zeros, strides, dilates and separates groups") {
  // two groups of one channel; 1x2 window with dilation 2, stride 3, pad 1 along W
  const Tensor x = Tensor::of<double>({1, 1, 5, 2}, {1, 10, 2, 20, 3, 30, 4, 40, 5, 50});
  const Tensor w = Tensor::of<double>({2, 1, 1, 2}, {1, 2, 3, 4});
  const Conv2dOptions options{.stride = {1, 3}, .pad = {0, 1}, .dilation = {1, 2}, .groups = 2};
  Tensor y = Tensor::empty(core::conv2d_shape(x.shape(), w.shape(), options), DType::f64);
  REQUIRE(y.shape() == Shape{1, 1, 2, 2});
  core::reference::conv2d(x, w, nullptr, options, y);
  // columns -1 and 1, then 2 and 4
  CHECK(y.values() == std::vector<double>{2 * 2, 4 * 20, 1 * 3 + 2 * 5, 3 * 30 + 4 * 50});
}

TEST_CASE("the reference gradients are the adjoints of the reference convolution") {
  core::Rng rng(1);
  const Conv2dOptions options{.stride = {2, 1}, .pad = {1, 2}, .dilation = {1, 2}, .groups = 2};
  const Tensor x = rng.normal({2, 7, 8, 4}, 0, 1, DType::f64),
               w = rng.normal({6, 2, 3, 2}, 0, 1, DType::f64);
  Tensor y = Tensor::empty(core::conv2d_shape(x.shape(), w.shape(), options), DType::f64);
  core::reference::conv2d(x, w, nullptr, options, y);
  const Tensor dy = rng.normal(y.shape(), 0, 1, DType::f64);
  Tensor dx = Tensor::empty(x.shape(), DType::f64), dw = Tensor::empty(w.shape(), DType::f64);
  core::reference::conv2d_backward_data(dy, w, options, dx);
  core::reference::conv2d_backward_weights(dy, x, options, dw);
  CHECK(dot(y, dy) == doctest::Approx(dot(x, dx)).epsilon(1e-12));
  CHECK(dot(y, dy) == doctest::Approx(dot(w, dw)).epsilon(1e-12));
}

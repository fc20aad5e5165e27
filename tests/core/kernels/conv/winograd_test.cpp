#include "core/kernels/conv/winograd.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/kernels/conv/conv2d.h"
#include "core/kernels/reference/conv2d.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"
#include "tests/support/products.h"

using core::Conv2dOptions;
using core::DType;
using core::Precision;
using core::Shape;
using core::Tensor;
using support::doubles;
using support::magnitudes;
namespace winograd = core::winograd;

namespace {

/// The three directions of one convolution, by Winograd's algorithm.
struct Directions {
  Tensor y, dx, dw;

  Directions(const Tensor& x, const Tensor& w, const Tensor& bias, const Tensor& dy,
             const Conv2dOptions& o)
      : y(Tensor::empty(dy.shape(), dy.dtype())),
        dx(Tensor::empty(x.shape(), x.dtype())),
        dw(Tensor::empty(w.shape())) {
    winograd::forward(x, w, &bias, o, y);
    winograd::backward_data(dy, w, o, dx);
    winograd::backward_weights(dy, x, o, dw);
  }
};

struct Operands {
  Tensor x, w, bias, dy;

  Operands(core::Rng& rng, const Shape& x_shape, std::int64_t outputs, const Conv2dOptions& o)
      : x(rng.normal(x_shape, 0, 1)),
        w(rng.normal({outputs, x_shape[3], 3, 3}, 0, 1)),
        bias(rng.normal({outputs}, 0, 1)),
        dy(rng.normal(core::conv2d_shape(x_shape, w.shape(), o), 0, 1)) {}
};

// Beside the roundings of a sum, those of the transforms of its terms.
constexpr std::int64_t kTransforms = 64;

/// Errors of the three directions in units of the bound, against the definition in f64.
void check(const Operands& of, const Conv2dOptions& o) {
  const Tensor x = doubles(of.x), w = doubles(of.w), b = doubles(of.bias), dy = doubles(of.dy);
  const Tensor xm = magnitudes(x), wm = magnitudes(w), bm = magnitudes(b), dm = magnitudes(dy);
  const Directions got(of.x, of.w, of.bias, of.dy, o);
  Tensor truth = Tensor::empty(dy.shape(), DType::f64),
         bound = Tensor::empty(dy.shape(), DType::f64);
  core::reference::conv2d(x, w, &b, o, truth);
  core::reference::conv2d(xm, wm, &bm, o, bound);
  CHECK(support::error_in_bounds(got.y, truth, bound, 9 * w.shape()[1] + kTransforms) < 1);
  truth = Tensor::empty(x.shape(), DType::f64), bound = Tensor::empty(x.shape(), DType::f64);
  core::reference::conv2d_backward_data(dy, w, o, truth);
  core::reference::conv2d_backward_data(dm, wm, o, bound);
  CHECK(support::error_in_bounds(got.dx, truth, bound, 9 * w.shape()[0] + kTransforms) < 1);
  truth = Tensor::empty(w.shape(), DType::f64), bound = Tensor::empty(w.shape(), DType::f64);
  core::reference::conv2d_backward_weights(dy, x, o, truth);
  core::reference::conv2d_backward_weights(dm, xm, o, bound);
  const std::int64_t pixels = dy.numel() / dy.shape()[3];
  CHECK(support::error_in_bounds(got.dw, truth, bound, pixels + kTransforms) < 1);
}

}  // namespace

TEST_CASE("Winograd's convolution equals the definition for every remainder of the image by 4") {
  core::Rng rng(1);
  for (std::int64_t rows = 4; rows <= 11; ++rows) {
    for (std::int64_t columns = 4; columns <= 11; ++columns) {
      const Conv2dOptions o{.pad = {rows % 3, columns % 3}};
      CAPTURE(rows);
      CAPTURE(columns);
      check(Operands(rng, {2, rows, columns, 16}, 16, o), o);
    }
  }
}

TEST_CASE("Winograd's convolution equals the definition for channels in any number of vectors") {
  core::Rng rng(3);
  const Conv2dOptions o{.pad = {1, 1}};
  for (const std::int64_t inputs : {16, 48, 64})
    for (const std::int64_t outputs : {16, 32, 80})
      check(Operands(rng, {2, 6, 7, inputs}, outputs, o), o);
}

TEST_CASE("Winograd's convolution equals the definition on both sides of every number of tiles") {
  core::Rng rng(8);
  const Conv2dOptions o{.pad = {1, 1}};
  // rows of the products (4 or 12 tiles), slices of the weight gradient (16 tiles), blocks
  for (const std::int64_t tiles : {1,  3,  4,  5,  7,  8,  9,  11, 12, 13, 23, 24,  25,  31,
                                   32, 33, 47, 48, 49, 63, 64, 65, 83, 84, 85, 167, 168, 169}) {
    CAPTURE(tiles);
    check(Operands(rng, {tiles, 4, 4, 16}, 16, o), o);
  }
}

TEST_CASE("Winograd's rounding errors against those of the direct sum are as README says" *
          doctest::test_suite("slow")) {
  const auto times = [](const Tensor& got, const Tensor& direct, const Tensor& truth) {
    double own = 0, other = 0;  // root mean squares
    for (std::int64_t i = 0; i < truth.numel(); ++i) {
      own += std::pow(got.at(i) - truth.at(i), 2);
      other += std::pow(direct.at(i) - truth.at(i), 2);
    }
    return std::sqrt(own / other);
  };
  std::vector<double> outputs, inputs, weights;
  for (const Shape& x :
       {Shape{8, 28, 28, 16}, Shape{32, 28, 28, 16}, Shape{8, 14, 14, 32}, Shape{32, 14, 14, 32},
        Shape{8, 7, 7, 64}, Shape{32, 7, 7, 64}, Shape{2, 56, 56, 64}, Shape{4, 28, 28, 128},
        Shape{8, 14, 14, 256}, Shape{1, 7, 7, 64}, Shape{1, 4, 4, 32}, Shape{4, 3, 4, 32}}) {
    core::Rng rng(9);
    const Conv2dOptions o{.pad = {1, 1}};
    const Operands of(rng, x, x[3], o);
    const Directions got(of.x, of.w, of.bias, of.dy, o);
    const Tensor xd = doubles(of.x), wd = doubles(of.w), b = doubles(of.bias), dy = doubles(of.dy);
    outputs.push_back(
        times(got.y, core::conv2d(of.x, of.w, &of.bias, o), core::conv2d(xd, wd, &b, o)));
    inputs.push_back(times(got.dx, core::conv2d_backward_data(of.dy, of.w, x, o),
                           core::conv2d_backward_data(dy, wd, x, o)));
    weights.push_back(times(got.dw, core::conv2d_backward_weights(of.dy, of.x, of.w.shape(), o),
                            core::conv2d_backward_weights(dy, xd, of.w.shape(), o)));
    MESSAGE(x.str() << ": outputs " << outputs.back() << ", gradients of inputs " << inputs.back()
                    << ", of weights " << weights.back());
  }
  for (std::vector<double>* all : {&outputs, &inputs, &weights})
    std::sort(all->begin(), all->end());
  // half as much again as was measured: the direct sums have another order on every processor
  CHECK(outputs[outputs.size() / 2] < 3);
  CHECK(inputs.back() < 7.5);
  CHECK(weights.back() < 10);
}

TEST_CASE("Winograd's convolution sums many tiles, in several blocks") {
  core::Rng rng(4);
  const Conv2dOptions o{.pad = {1, 1}};
  check(Operands(rng, {9, 28, 28, 16}, 16, o), o);
  check(Operands(rng, {8, 14, 14, 64}, 96, o), o);
}

TEST_CASE("Winograd's convolution gives the same bits for every number of threads and batch") {
  core::Rng rng(5);
  const Conv2dOptions o{.pad = {1, 1}};
  const Operands of(rng, {5, 14, 13, 32}, 48, o);
  const int before = core::threads();
  core::set_threads(1);
  const Directions one(of.x, of.w, of.bias, of.dy, o);
  for (const int threads : {2, 3, 7}) {
    core::set_threads(threads);
    const Directions many(of.x, of.w, of.bias, of.dy, o);
    CHECK(support::same_bits(one.y, many.y));
    CHECK(support::same_bits(one.dx, many.dx));
    CHECK(support::same_bits(one.dw, many.dw));
  }
  core::set_threads(before);
  const Directions single(of.x.rows(3, 1), of.w, of.bias, of.dy.rows(3, 1), o);
  CHECK(support::same_bits(single.y, one.y.rows(3, 1)));
  CHECK(support::same_bits(single.dx, one.dx.rows(3, 1)));
}

TEST_CASE("Winograd's convolution of bf16 operands is that of their values, rounded at the end") {
  core::Rng rng(6);
  Conv2dOptions o{.pad = {1, 1}};
  const Operands of(rng, {2, 9, 7, 32}, 16, o);
  const auto narrow = [](const Tensor& t) { return t.to(DType::bf16); };
  const auto values = [](const Tensor& t) { return t.to(DType::bf16).to(DType::f32); };
  const Directions wide(values(of.x), values(of.w), of.bias, values(of.dy), o);
  o.precision = Precision::bf16;
  const Directions half(narrow(of.x), of.w, of.bias, narrow(of.dy), o);
  CHECK(support::relative_difference(half.y, wide.y) < 0x1p-8);
  CHECK(support::relative_difference(half.dx, wide.dx) < 0x1p-8);
  CHECK(support::relative_difference(half.dw, wide.dw) < 2e-6);
}

TEST_CASE("a tap that saw nothing but padding has no gradient by Winograd's algorithm") {
  core::Rng rng(7);
  const Conv2dOptions o{.pad = {1, 1}};
  for (const std::int64_t images : {1, 40}) {
    const Tensor x = rng.normal({images, 12, 9, 32}, 0, 1);
    Tensor dy = Tensor::zeros({images, 12, 9, 16}), dw = Tensor::empty({16, 32, 3, 3});
    const auto slopes = dy.writable<float>();
    for (std::size_t i = 0; i < slopes.size(); ++i)  // in the first column of pixels only
      if (i / 16 % 9 == 0) slopes[i] = static_cast<float>(i % 7) - 3.0f;
    winograd::backward_weights(dy, x, o, dw);
    const auto taps = dw.data<float>();
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < taps.size(); ++i) wrong += (taps[i] == 0) != (i % 3 == 0);
    CHECK(wrong == 0);
  }
}

TEST_CASE("Winograd's convolution keeps what is not a number where it is bf16") {
  Tensor x = Tensor::zeros({1, 4, 4, 16});
  x.writable<float>()[0] = NAN;
  const Tensor w = Tensor::full({16, 16, 3, 3}, 1.0), bias = Tensor::zeros({16});
  const Conv2dOptions o{.pad = {1, 1}, .precision = Precision::bf16};
  Tensor y = Tensor::empty(x.shape(), DType::bf16);
  winograd::forward(x.to(DType::bf16), w, &bias, o, y);
  CHECK(std::isnan(y.values()[0]));
}

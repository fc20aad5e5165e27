#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/kernels/reference/map.h"
#include "core/kernels/reference/softmax.h"
#include "core/kernels/softmax.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"

using namespace core;

namespace {

// The second half lies on both sides of vectors (8 and 16 lanes), behind axes of 1.
const std::vector<Shape> kShapes{
    {1},        {10},          {4, 1},  {3, 2},        {5, 10},   {2, 3, 49}, {2, 2, 7, 197},
    {3, 1000},  {0, 4},        {3, 0},  {1, 3, 7},     {1, 1, 8}, {5, 9},     {1, 2, 1, 15},
    {1, 1, 16}, {1, 1, 1, 17}, {6, 31}, {1, 1, 5, 32}, {2, 33},   {300, 24}};

// f32: exp is good to 2e-7 and each of the few following operations rounds once.  The gradients are
// differences of close numbers, which costs a digit in f64.
double tolerance(DType dtype) { return dtype == DType::f32 ? 1e-6 : 1e-13; }

Tensor exponential(const Tensor& x) {
  return reference::unary(x, [](double v) { return std::exp(v); });
}
Tensor times(const Tensor& x, double a) {
  return reference::unary(x, [a](double v) { return a * v; });
}

}  // namespace

TEST_CASE("softmax of multiples, log-softmax and their gradients equal the f64 reference") {
  Rng rng(9);
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = rng.normal(shape, 0, 3, dtype), dy = rng.normal(shape, 0, 1, dtype);
      const Tensor log_y = reference::log_softmax(x);
      CHECK(support::relative_difference(log_softmax(x), log_y) <= tolerance(dtype));
      CHECK(support::relative_difference(log_softmax_backward(dy, log_y.to(dtype)),
                                         reference::log_softmax_backward(dy, log_y)) <=
            tolerance(dtype));
      for (const double scale : {1.0, 0.3}) {
        const Tensor y = exponential(reference::log_softmax(times(x, scale)));
        CHECK(support::relative_difference(softmax(x, scale), y) <= tolerance(dtype));
        CHECK(support::relative_difference(softmax_backward(dy, y.to(dtype), scale),
                                           times(reference::softmax_backward(dy, y), scale)) <=
              tolerance(dtype));
      }
    }
  }
}

TEST_CASE("softmax refuses factors that are not positive") {
  for (const double scale : {0.0, -1.0, std::nan("")})
    CHECK_THROWS_AS(softmax(Tensor::zeros({2}), scale), ShapeError);
}

TEST_CASE("rows of bf16 give what their values in f32 give, rounded") {
  Rng rng(12);
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.str());
    const Tensor x = rng.normal(shape, 0, 3).to(DType::bf16);
    const Tensor dy = rng.normal(shape, 0, 1).to(DType::bf16);
    const auto wide = [](const Tensor& t) { return t.to(DType::f32); };
    const Tensor y = softmax(x, 0.5), log_y = log_softmax(x);
    CHECK(support::same_bits(y, softmax(wide(x), 0.5).to(DType::bf16)));
    CHECK(support::same_bits(log_y, log_softmax(wide(x)).to(DType::bf16)));
    CHECK(support::same_bits(softmax_backward(dy, y, 0.5),
                             softmax_backward(wide(dy), wide(y), 0.5).to(DType::bf16)));
    CHECK(support::same_bits(log_softmax_backward(dy, log_y),
                             log_softmax_backward(wide(dy), wide(log_y)).to(DType::bf16)));
  }
}

TEST_CASE("softmax rows sum to one, also for huge and masked logits") {
  const Tensor x = Tensor::of<float>({3, 3}, {1e30f, 1e30f, -1e30f, -INFINITY, 0, 1, 88, -88, 200});
  const Tensor y = softmax(x);
  for (int r = 0; r < 3; ++r)
    CHECK(y.at(3 * r) + y.at(3 * r + 1) + y.at(3 * r + 2) == doctest::Approx(1).epsilon(1e-6));
  CHECK(y.at(3) == 0);
  CHECK(log_softmax(x).at(3) == -INFINITY);
}

TEST_CASE("a row with NaN or only -inf gives NaN and leaves its neighbours alone") {
  for (const std::int64_t n : {2, 16, 19}) {  // less than a vector, a whole one, one and a part
    std::vector<float> values(static_cast<std::size_t>(3 * n), 1.0f);
    values[static_cast<std::size_t>(n - 1)] = NAN;
    std::fill(values.end() - n, values.end(), -INFINITY);
    const Tensor x = Tensor::of<float>({3, n}, values);
    for (const Tensor& y : {softmax(x), log_softmax(x)}) {
      for (std::int64_t j = 0; j < n; ++j) {
        CHECK(std::isnan(y.at(j)));
        CHECK(std::isfinite(y.at(n + j)));
        CHECK(std::isnan(y.at(2 * n + j)));
      }
    }
  }
}

TEST_CASE("softmax refuses a scalar and mismatched gradients") {
  CHECK_THROWS_AS(softmax(Tensor::scalar(1)), ShapeError);
  CHECK_THROWS_AS(softmax_backward(Tensor::zeros({2}), Tensor::zeros({3})), ShapeError);
}

TEST_CASE("softmax has the same bits on one and two threads") {
  const int before = threads();
  Rng rng(10);
  const Tensor x = rng.normal({600, 197}, 0, 1), dy = rng.normal({600, 197}, 0, 1);
  set_threads(1);
  const Tensor one = softmax(x), one_dx = softmax_backward(dy, one);
  set_threads(2);
  const Tensor two = softmax(x), two_dx = softmax_backward(dy, two);
  set_threads(before);
  CHECK(support::same_bits(one, two));
  CHECK(support::same_bits(one_dx, two_dx));
}

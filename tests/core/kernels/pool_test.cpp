#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/kernels/pool.h"
#include "core/kernels/reference/map.h"
#include "core/kernels/reference/pool.h"
#include "core/kernels/reference/reduce.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"

using namespace core;

namespace {

struct Case {
  Shape x;
  PoolOptions o;
  std::int64_t height, width;
};

const std::vector<Case> kCases{
    {{2, 112, 10, 5}, {{3, 3}, {2, 2}, {1, 1}}, 56, 5},  // ResNet
    {{1, 7, 9, 17}, {{2, 2}, {2, 2}, {0, 0}}, 3, 4},
    {{3, 5, 6, 1}, {{3, 2}, {1, 3}, {1, 0}}, 5, 2},
    {{1, 1, 1, 3}, {{1, 1}, {1, 1}, {0, 0}}, 1, 1},
    {{2, 4, 4, 64}, {{4, 4}, {4, 4}, {2, 2}}, 2, 2},
    {{0, 4, 4, 2}, {{2, 2}, {2, 2}, {0, 0}}, 2, 2},
};

}  // namespace

TEST_CASE("max pooling finds the value and the winner of every window") {
  Rng rng(15);
  for (const Case& c : kCases) {
    CAPTURE(c.x.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = rng.normal(c.x, 0, 1, dtype);
      const MaxPool y = max_pool2d(x, c.o);
      REQUIRE(y.y.shape() == Shape{c.x[0], c.height, c.width, c.x[3]});
      const MaxPool r = reference::max_pool2d(x, c.o, y.y.shape());
      CHECK(y.y.values() == r.y.values());
      CHECK(y.winner.values() == r.winner.values());
    }
  }
}

TEST_CASE("padding never wins, ties go to the first, NaN wins") {
  const PoolOptions o{{3, 3}, {2, 2}, {1, 1}};
  const MaxPool negative = max_pool2d(Tensor::full({1, 4, 4, 1}, -5), o);
  for (const double v : negative.y.values()) CHECK(v == -5);
  CHECK(negative.winner.values() == std::vector<double>{0, 1, 4, 5});
  Tensor x = Tensor::zeros({1, 2, 2, 1});
  x.writable<float>()[1] = NAN;
  x.writable<float>()[2] = NAN;
  const MaxPool y = max_pool2d(x, {});
  CHECK(std::isnan(y.y.item()));
  CHECK(y.winner.item() == 1);
  const MaxPool bottom = max_pool2d(Tensor::full({1, 2, 2, 1}, -INFINITY), {});
  CHECK(bottom.winner.item() == 0);
}

TEST_CASE("the gradient of max pooling flows to the winners and adds up where windows overlap") {
  Rng rng(16);
  for (const Case& c : kCases) {
    CAPTURE(c.x.str());
    const MaxPool y = max_pool2d(rng.normal(c.x, 0, 1, DType::f64), c.o);
    const Tensor dy = rng.normal(y.y.shape(), 0, 1, DType::f64);
    std::vector<double> dx(static_cast<std::size_t>(c.x.numel()), 0.0);
    for (std::int64_t i = 0; i < dy.numel(); ++i) {
      const reference::Index at = reference::index_of(dy.shape(), i);
      const auto winner = static_cast<std::int64_t>(y.winner.at(i));
      const reference::Index to{at[0], winner / c.x[2], winner % c.x[2], at[3]};
      dx[static_cast<std::size_t>(reference::position(c.x, to))] += dy.at(i);
    }
    CHECK(support::relative_difference(max_pool2d_backward(dy, y.winner, c.x),
                                       reference::made(c.x, dx)) < 1e-15);
  }
}

TEST_CASE("the global mean and its gradient equal the reference") {
  Rng rng(17);
  for (const Shape& shape :
       {Shape{3, 7, 5, 10}, Shape{2, 1, 1, 4}, Shape{1, 28, 28, 64}, Shape{0, 2, 2, 3}}) {
    CAPTURE(shape.str());
    const double area = static_cast<double>(shape[1] * shape[2]);
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = rng.normal(shape, 1, 1, dtype),
                   dy = rng.normal({shape[0], shape[3]}, 0, 1, dtype);
      const Tensor total = reference::sum_to(x, Shape{shape[0], 1, 1, shape[3]});
      std::vector<double> mean = total.values();
      for (double& v : mean) v /= area;
      CHECK(support::relative_difference(global_mean_pool(x), reference::made(dy.shape(), mean)) <
            2e-7);
      const Tensor dx = global_mean_pool_backward(dy, shape, dy.dtype());
      const Tensor stretched = reference::binary(dy.reshape({shape[0], 1, 1, shape[3]}), x,
                                                 [&](double a, double) { return a / area; });
      CHECK(support::relative_difference(dx, stretched) < 2e-7);
    }
  }
}

TEST_CASE("pooling refuses windows that could lie in the padding and images that are too small") {
  const Tensor x = Tensor::zeros({1, 4, 4, 1});
  CHECK_THROWS_AS(max_pool2d(x, {{2, 2}, {2, 2}, {2, 2}}), ShapeError);
  CHECK_THROWS_AS(max_pool2d(x, {{5, 5}, {1, 1}, {0, 0}}), ShapeError);
  CHECK_THROWS_AS(max_pool2d(x, {{2, 2}, {0, 1}, {0, 0}}), ShapeError);
  CHECK_THROWS_AS(max_pool2d(Tensor::zeros({4, 4, 1}), {}), ShapeError);
  CHECK_THROWS_AS(global_mean_pool(Tensor::zeros({4, 4})), ShapeError);
  CHECK_THROWS_AS(global_mean_pool_backward(Tensor::zeros({1, 2}), x.shape(), DType::f32),
                  ShapeError);
}

TEST_CASE("pooling has the same bits on one and two threads") {
  const int before = threads();
  Rng rng(18);
  const Tensor x = rng.normal({4, 56, 56, 16}, 0, 1);
  const PoolOptions o{{3, 3}, {2, 2}, {1, 1}};
  std::vector<Tensor> results[2];
  for (const int n : {1, 2}) {
    set_threads(n);
    const MaxPool y = max_pool2d(x, o);
    results[n - 1] = {y.y, y.winner, max_pool2d_backward(y.y, y.winner, x.shape()),
                      global_mean_pool(x)};
  }
  set_threads(before);
  for (std::size_t i = 0; i < results[0].size(); ++i)
    CHECK(support::same_bits(results[0][i], results[1][i]));
}

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/kernels/norm.h"
#include "core/kernels/reference/map.h"
#include "core/kernels/reference/norm.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"

using namespace core;
using reference::Group;

namespace {

constexpr double kEps = 1e-5;

// Rows and channels: 1 and small odd channels (folded lines), a broken last line, several row
// blocks, several column tiles.
const std::vector<Shape> kShapes{{1, 4},       {3, 1},     {50, 1},    {2, 3, 5, 16},
                                 {1, 7, 7, 3}, {4000, 16}, {1111, 10}, {37, 64},
                                 {3, 17, 192}, {20, 600},  {2, 1030}};
// Both sides of vectors (8 and 16 lanes), of what fits a line (64), of column tiles (512), of
// blocks of rows (32768 elements) and of the 16 blocks of layer norm's sums; axes of 1 before them.
const std::vector<Shape> kThresholds{{1, 33, 7}, {1, 1, 15, 8},   {16, 9},    {17, 15},  {31, 16},
                                     {32, 17},   {33, 31},        {1, 5, 32}, {47, 33},  {513, 63},
                                     {511, 64},  {512, 64},       {513, 64},  {505, 65}, {64, 511},
                                     {63, 512},  {64, 512},       {65, 512},  {64, 513}, {18, 128},
                                     {1, 20, 3}, {1, 1, 20, 130}, {257, 128}};

// f32 results carry a handful of roundings.
double tolerance(DType dtype) { return dtype == DType::f32 ? 2e-6 : 1e-11; }

struct Problem {
  Tensor x, gamma, beta, dy;
};
Problem problem(const Shape& shape, DType dtype, Rng& rng) {
  const Shape channels{shape[-1]};
  return {rng.normal(shape, 0.7, 2, dtype), rng.normal(channels, 1, 0.3, dtype),
          rng.normal(channels, 0, 1, dtype), rng.normal(shape, 0, 1, dtype)};
}

/// One element a group: variance 0, so the exact gradient is 0 and 1/std is 1/sqrt(eps).
bool degenerate(const Shape& shape, Group group) {
  return (group == Group::channel ? shape.numel() / shape[-1] : shape[-1]) == 1;
}

}  // namespace

TEST_CASE("batch and layer norm and their gradients equal the f64 reference") {
  Rng rng(11);
  std::vector<Shape> shapes = kShapes;
  shapes.insert(shapes.end(), kThresholds.begin(), kThresholds.end());
  for (const Shape& shape : shapes) {
    CAPTURE(shape.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const Group group : {Group::channel, Group::row}) {
        CAPTURE(static_cast<int>(group));
        const auto [x, gamma, beta, dy] = problem(shape, dtype, rng);
        const bool batch = group == Group::channel;
        const NormResult y =
            batch ? batch_norm(x, gamma, beta, kEps) : layer_norm(x, gamma, beta, kEps);
        const NormGrads d =
            batch ? batch_norm_backward(dy, x, gamma, y) : layer_norm_backward(dy, x, gamma, y);
        const NormResult ry = reference::normalise(x, gamma, beta, kEps, group);
        const NormGrads rd = reference::normalise_backward(dy, x, gamma, kEps, group);
        const double tol = tolerance(dtype);
        CHECK(support::relative_difference(y.y, ry.y) <= tol);
        CHECK(support::relative_difference(y.mean, ry.mean) <= tol);
        CHECK(support::relative_difference(y.inv_std, ry.inv_std) <= tol);
        CHECK(support::relative_difference(d.dbeta, rd.dbeta) <= tol);
        if (degenerate(shape, group)) {
          for (const double v : d.dx.values()) CHECK(std::abs(v) < 1e-3);
          continue;
        }
        CHECK(support::relative_difference(d.dgamma, rd.dgamma) <= 10 * tol);
        CHECK(support::relative_difference(d.dx, rd.dx) <= 10 * tol);
      }
    }
  }
}

TEST_CASE("batch norm statistics survive a mean far above the spread") {
  Rng rng(12);
  const Tensor x = rng.normal({5000, 8}, 1e4, 1, DType::f64),
               one = Tensor::full({8}, 1, DType::f64), zero = Tensor::zeros({8}, DType::f64);
  const NormResult y = batch_norm(x, one, zero, kEps);
  const NormResult r = reference::normalise(x, one, zero, kEps, Group::channel);
  CHECK(support::relative_difference(y.inv_std, r.inv_std) < 1e-11);
  const NormResult f = batch_norm(x.to(DType::f32), one.to(DType::f32), zero.to(DType::f32), kEps);
  const NormResult g = reference::normalise(x.to(DType::f32), one, zero, kEps, Group::channel);
  CHECK(support::relative_difference(f.inv_std, g.inv_std) < 1e-6);
}

TEST_CASE("a constant channel normalises to beta") {
  const Tensor x = Tensor::full({6, 3}, 0.1), gamma = Tensor::full({3}, 2),
               beta = Tensor::of<float>({3}, {1, 2, 3});
  const NormResult y = batch_norm(x, gamma, beta, kEps);
  for (std::int64_t i = 0; i < 18; ++i) CHECK(y.y.at(i) == beta.at(i % 3));
}

TEST_CASE("scale_shift is x * scale + shift per channel") {
  Rng rng(13);
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      const auto [x, scale, shift, dy] = problem(shape, dtype, rng);
      const Tensor scaled = reference::binary(x, scale, [](double a, double b) { return a * b; });
      const Tensor expected =
          reference::binary(scaled, shift, [](double a, double b) { return a + b; });
      CHECK(support::relative_difference(scale_shift(x, scale, shift), expected) < 2e-7);
    }
  }
  CHECK(scale_shift(Tensor::zeros({0, 3}), Tensor::zeros({3}), Tensor::zeros({3})).shape() ==
        Shape{0, 3});
}

TEST_CASE("norms refuse parameters that do not fit and empty batches") {
  const Tensor x = Tensor::zeros({4, 3}), good = Tensor::zeros({3}), bad = Tensor::zeros({4});
  CHECK_THROWS_AS(batch_norm(x, bad, good, kEps), ShapeError);
  CHECK_THROWS_AS(layer_norm(x, good, bad, kEps), ShapeError);
  CHECK_THROWS_AS(batch_norm(Tensor::zeros({0, 3}), good, good, kEps), ShapeError);
  CHECK_THROWS_AS(scale_shift(x, good, good.to(DType::f64)), ShapeError);
  CHECK_THROWS_AS(
      batch_norm_backward(Tensor::zeros({3, 4}), x, good, batch_norm(x, good, good, kEps)),
      ShapeError);
  CHECK(layer_norm(Tensor::zeros({0, 3}), good, good, kEps).y.shape() == Shape{0, 3});
}

TEST_CASE("norms have the same bits on one and two threads") {
  const int before = threads();
  Rng rng(14);
  for (const Shape& shape : {Shape{9000, 16}, Shape{700, 192}, Shape{130, 1000}}) {
    CAPTURE(shape.str());
    const auto [x, gamma, beta, dy] = problem(shape, DType::f32, rng);
    std::vector<Tensor> results[2];
    for (const int n : {1, 2}) {
      set_threads(n);
      const NormResult b = batch_norm(x, gamma, beta, kEps), l = layer_norm(x, gamma, beta, kEps);
      const NormGrads db = batch_norm_backward(dy, x, gamma, b),
                      dl = layer_norm_backward(dy, x, gamma, l);
      results[n - 1] = {b.y,       b.mean,   b.inv_std, l.y,       db.dx,
                        db.dgamma, db.dbeta, dl.dx,     dl.dgamma, dl.dbeta};
    }
    for (std::size_t i = 0; i < results[0].size(); ++i)
      CHECK(support::same_bits(results[0][i], results[1][i]));
  }
  set_threads(before);
}

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "core/kernels/move.h"
#include "core/kernels/reference/move.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"

using namespace core;
using reference::Index;

namespace {

const std::vector<DType> kTypes{DType::f32, DType::f64, DType::bf16, DType::s8,
                                DType::u8,  DType::s32, DType::s64};

/// Small whole numbers that every dtype holds.
Tensor numbers(const Shape& shape, DType dtype) {
  std::vector<double> v(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i * 7 % 127);
  return Tensor::of<double>(shape, std::span<const double>(v)).to(dtype);
}

double dot(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.values(), y = b.values();
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

}  // namespace

TEST_CASE("permute moves every element of every dtype to its place") {
  const std::vector<std::pair<Shape, std::vector<int>>> cases{
      {{}, {}},
      {{5}, {0}},
      {{3, 4}, {1, 0}},
      {{33, 70}, {1, 0}},                  // more than one tile, odd edges
      {{2, 5, 3, 4, 6}, {2, 0, 3, 1, 4}},  // attention: [B,N,3,H,D] -> [3,B,H,N,D]
      {{2, 3, 5, 4}, {0, 2, 1, 3}},
      {{2, 3, 5, 4}, {0, 1, 3, 2}},    // last two
      {{2, 3, 40, 34}, {0, 3, 1, 2}},  // N,C,H,W <-> N,H,W,C
      {{2, 3, 40, 34}, {0, 2, 3, 1}},
      {{2, 3, 4, 5}, {3, 2, 1, 0}},
      {{1, 3, 1, 5}, {2, 1, 0, 3}},  // axes of extent 1: a view
      {{2, 1, 3}, {2, 1, 0}},
      {{2, 0, 3}, {2, 1, 0}},
      {{2, 3, 4}, {0, 1, 2}},
  };
  for (const auto& [shape, order] : cases) {
    CAPTURE(shape.str());
    std::vector<std::int64_t> dims;
    for (const int axis : order) dims.push_back(shape[axis]);
    for (const DType dtype : kTypes) {
      const Tensor x = numbers(shape, dtype);
      const Tensor y = permute(x, order);
      const Tensor expected = reference::moved(x, Shape(dims), [&](const Index& at) {
        Index from(at.size());
        for (std::size_t k = 0; k < at.size(); ++k)
          from[static_cast<std::size_t>(order[k])] = at[k];
        return from;
      });
      CHECK(y.dtype() == dtype);
      CHECK(y.shape() == expected.shape());
      CHECK(y.values() == expected.values());
    }
  }
  const std::vector<int> twice{0, 0}, outside{0, 2}, few{0};
  for (const auto& order : {twice, outside, few})
    CHECK_THROWS_AS(permute(Tensor::zeros({2, 3}), order), ShapeError);
}

TEST_CASE("concat and slice undo each other along every axis") {
  for (const DType dtype : kTypes) {
    for (int axis = 0; axis < 3; ++axis) {
      CAPTURE(axis);
      const Tensor x = numbers({4, 5, 6}, dtype);
      const std::int64_t extent = x.shape()[axis];
      const std::vector<Tensor> parts{slice(x, axis, 0, 1), slice(x, axis, 1, 0),
                                      slice(x, axis, 1, extent - 1)};
      CHECK(support::same_bits(concat(parts, axis), x));
      CHECK(support::same_bits(concat(parts, axis - 3), x));
    }
  }
  const std::vector<Tensor> wrong{Tensor::zeros({2, 3}), Tensor::zeros({2, 4})};
  CHECK_THROWS_AS(concat(wrong, 0), ShapeError);
  CHECK_THROWS_AS(concat({}, 0), ShapeError);
  const std::vector<Tensor> mixed{Tensor::zeros({2}), Tensor::zeros({2}, DType::f64)};
  CHECK_THROWS_AS(concat(mixed, 0), ShapeError);
}

TEST_CASE("slice takes every step-th element and slice_backward is its adjoint") {
  Rng rng(19);
  for (int axis = 0; axis < 3; ++axis) {
    for (const std::int64_t step : {1, 2, 3}) {
      CAPTURE(axis);
      CAPTURE(step);
      const Tensor x = rng.normal({7, 8, 9}, 0, 1, DType::f64);
      const Tensor y = slice(x, axis, 1, 2, step);
      const Tensor expected = reference::moved(x, x.shape().with(axis, 2), [&](Index at) {
        at[static_cast<std::size_t>(axis)] = 1 + at[static_cast<std::size_t>(axis)] * step;
        return at;
      });
      CHECK(y.values() == expected.values());
      const Tensor dy = rng.normal(y.shape(), 0, 1, DType::f64);
      const Tensor dx = slice_backward(dy, x.shape(), axis, 1, step);
      CHECK(dot(dy, y) == doctest::Approx(dot(dx, x)).epsilon(1e-13));
      CHECK(support::same_bits(slice(dx, axis, 1, 2, step), dy));
    }
  }
  CHECK_THROWS_AS(slice(Tensor::zeros({4}), 0, 1, 3, 2), ShapeError);
  CHECK_THROWS_AS(slice(Tensor::zeros({4}), 1, 0, 1), ShapeError);
  CHECK_THROWS_AS(slice(Tensor::zeros({4}), 0, 0, 2, 0), ShapeError);
  CHECK_THROWS_AS(slice_backward(Tensor::zeros({2, 3}), {4, 4}, 0, 0), ShapeError);
}

TEST_CASE("a few long runs are cut among the threads without a gap or an overlap") {
  const int before = threads();
  set_threads(3);
  // runs of 45 to 90 kB, whose ends are no multiples of a thread's share
  for (const Shape& shape : {Shape{3, 11251}, Shape{5, 22501}, Shape{1, 40009}}) {
    CAPTURE(shape.str());
    const Tensor x = numbers(shape, DType::f32);
    const Tensor rows = slice(x, 1, 1, shape[1] - 2), back = slice_backward(rows, shape, 1, 1);
    const Tensor expected = reference::moved(x, rows.shape(), [](const Index& at) {
      return Index{at[0], at[1] + 1};
    });
    CHECK(rows.values() == expected.values());
    CHECK(support::same_bits(slice(back, 1, 1, shape[1] - 2), rows));
    CHECK(back.at(0) == 0);
    CHECK(back.at(shape[1] - 1) == 0);
    const std::vector<Tensor> parts{slice(x, 1, 0, 5000), slice(x, 1, 5000, shape[1] - 5000)};
    CHECK(support::same_bits(concat(parts, 1), x));
  }
  set_threads(before);
}

TEST_CASE("pad puts zeros around and keeps the content") {
  const Tensor x = numbers({2, 3, 2}, DType::u8);
  const Tensor y = pad(x, 1, 1, 2);
  CHECK(y.shape() == Shape{2, 6, 2});
  CHECK(support::same_bits(slice(y, 1, 1, 3), x));
  for (const double v : slice(y, 1, 0, 1).values()) CHECK(v == 0);
  for (const double v : slice(y, 1, 4, 2).values()) CHECK(v == 0);
  CHECK(pad(x, 0, 0, 0).is_same(x));
  CHECK_THROWS_AS(pad(x, 0, -1, 0), ShapeError);
}

TEST_CASE("gather_rows repeats, reorders and refuses rows outside") {
  for (const DType dtype : kTypes) {
    const Tensor x = numbers({5, 3, 2}, dtype);
    const std::vector<std::int64_t> index{4, 0, 0, 3};
    const Tensor y = gather_rows(x, index);
    const Tensor expected = reference::moved(x, {4, 3, 2}, [&](Index at) {
      at[0] = index[static_cast<std::size_t>(at[0])];
      return at;
    });
    CHECK(y.values() == expected.values());
  }
  CHECK(gather_rows(Tensor::zeros({5, 3}), {}).shape() == Shape{0, 3});
  for (const std::int64_t bad : {-1, 5}) {
    const std::vector<std::int64_t> index{bad};
    CHECK_THROWS_AS(gather_rows(Tensor::zeros({5, 3}), index), ShapeError);
  }
}

TEST_CASE("patches are rows in C,KH,KW order and patches_backward undoes them") {
  for (const DType dtype : kTypes) {
    for (const std::int64_t channels : {1, 3}) {
      const std::int64_t p = 2;
      const Tensor x = numbers({2, 4, 6, channels}, dtype);
      const Tensor y = patches(x, p);
      const Tensor expected = reference::moved(x, {2, 6, channels * p * p}, [&](const Index& at) {
        const std::int64_t c = at[2] / (p * p), i = at[2] / p % p, j = at[2] % p;
        return Index{at[0], at[1] / 3 * p + i, at[1] % 3 * p + j, c};
      });
      CHECK(y.values() == expected.values());
      CHECK(support::same_bits(patches_backward(y, x.shape(), p), x));
    }
  }
  CHECK_THROWS_AS(patches(Tensor::zeros({1, 5, 4, 1}), 2), ShapeError);
  CHECK_THROWS_AS(patches_backward(Tensor::zeros({1, 4, 5}), {1, 4, 4, 1}, 2), ShapeError);
}

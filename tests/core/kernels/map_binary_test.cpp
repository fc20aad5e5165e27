#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/kernels/map.h"
#include "core/kernels/reference/map.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"

using namespace core;

namespace {

// One operation of two f32 numbers is rounded once.
constexpr double kOneRounding = 6e-8;

const std::vector<std::pair<Shape, Shape>> kShapes{
    {{}, {}},
    {{7}, {7}},
    {{3, 5}, {}},
    {{}, {3, 5}},
    {{2, 3, 4, 17}, {17}},  // per channel
    {{17}, {2, 3, 4, 17}},
    {{40, 300}, {300}},  // per channel, long rows
    {{5, 6}, {5, 1}},    // per row
    {{5, 1}, {5, 6}},
    {{4, 1, 6}, {1, 5, 1}},  // both stretch
    {{2, 3, 1, 5}, {3, 4, 1}},
    {{1, 1, 8}, {6, 1, 8}},
    {{4, 5, 6}, {4, 1, 6}},  // stretches in the middle
    {{3000, 10}, {10}},      // above the grain of a thread
    {{200, 200}, {200, 200}},
    {{3, 255}, {255}},  // a short row is repeated, one of 256 is long
    {{256}, {3, 256}},
    {{70, 257}, {257}},
    {{1, 1, 300, 64}, {1, 1, 1, 64}},  // 8 rows a line and half a line, behind axes of 1
    {{16384}, {}},                     // the grain of a thread
    {{16385}, {16385}},
    {{0, 4}, {4}},  // nothing
    {{0, 4}, {0, 4}},
};

}  // namespace

TEST_CASE("binary kernels equal the f64 reference for every kind of broadcast") {
  Rng rng(1);
  const auto check = [](const Tensor& y, const Tensor& expected) {
    CHECK(y.shape() == expected.shape());
    CHECK(support::relative_difference(y, expected) <= kOneRounding);
  };
  for (const auto& [sa, sb] : kShapes) {
    CAPTURE(sa.str());
    CAPTURE(sb.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor a = rng.normal(sa, 0, 1, dtype), b = rng.uniform(sb, 0.5, 2, dtype);
      check(add(a, b), reference::binary(a, b, [](double x, double y) { return x + y; }));
      check(sub(a, b), reference::binary(a, b, [](double x, double y) { return x - y; }));
      check(mul(a, b), reference::binary(a, b, [](double x, double y) { return x * y; }));
      check(div(a, b), reference::binary(a, b, [](double x, double y) { return x / y; }));
    }
  }
}

TEST_CASE("add_relu is relu of the sum and keeps NaN") {
  const Tensor a = Tensor::of<float>({4}, {1, -3, 2, NAN}),
               b = Tensor::of<float>({4}, {1, 1, -2, 0});
  const Tensor y = add_relu(a, b);
  CHECK(y.at(0) == 2);
  CHECK(y.at(1) == 0);
  CHECK(y.at(2) == 0);
  CHECK(std::isnan(y.at(3)));
  CHECK_THROWS_AS(add_relu(a, Tensor::zeros({1})), ShapeError);
}

TEST_CASE("accumulate adds in place and leaves other holders of the storage alone") {
  Tensor y = Tensor::of<float>({3}, {1, 2, 3});
  const Tensor before = y;
  accumulate(y, Tensor::of<float>({3}, {10, 20, 30}), 0.5);
  CHECK(y.values() == std::vector<double>{6, 12, 18});
  CHECK(before.values() == std::vector<double>{1, 2, 3});
  accumulate(y, y, 2.0);
  CHECK(y.values() == std::vector<double>{18, 36, 54});
  CHECK_THROWS_AS(accumulate(y, Tensor::zeros({3}, DType::f64)), ShapeError);
}

TEST_CASE("accumulate_rows adds to some rows and leaves the others and other holders alone") {
  Tensor y = Tensor::of<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor before = y;
  accumulate_rows(y, 1, Tensor::of<float>({2, 2}, {5, 10, 15, 20}));
  CHECK(y.values() == std::vector<double>{1, 2, 8, 14, 20, 26});
  CHECK(before.values() == std::vector<double>{1, 2, 3, 4, 5, 6});
  accumulate_rows(y, 0, y.rows(1, 2));  // its own rows, which overlap
  CHECK(y.values() == std::vector<double>{9, 16, 28, 40, 20, 26});
  accumulate_rows(y, 3, Tensor::zeros({0, 2}));
  CHECK_THROWS_AS(accumulate_rows(y, 2, Tensor::zeros({2, 2})), ShapeError);
  CHECK_THROWS_AS(accumulate_rows(y, -1, Tensor::zeros({2, 2})), ShapeError);
  CHECK_THROWS_AS(accumulate_rows(y, 0, Tensor::zeros({2, 3})), ShapeError);
}

TEST_CASE("mismatched operands are refused with both shapes named") {
  CHECK_THROWS_WITH_AS(add(Tensor::zeros({2, 3}), Tensor::zeros({4})), doctest::Contains("add"),
                       ShapeError);
  CHECK_THROWS_AS(add(Tensor::zeros({2}), Tensor::zeros({2}, DType::f64)), ShapeError);
  CHECK_THROWS_AS(mul(Tensor::zeros({2}, DType::s32), Tensor::zeros({2}, DType::s32)), ShapeError);
}

TEST_CASE("binary kernels give the same bits on one and two threads") {
  const int before = threads();
  Rng rng(2);
  const Tensor a = rng.normal({700, 130}, 0, 1), b = rng.normal({130}, 0, 1),
               c = rng.normal({700, 1}, 0, 1);
  set_threads(1);
  const Tensor one = mul(add(a, b), c);
  set_threads(2);
  const Tensor two = mul(add(a, b), c);
  set_threads(before);
  CHECK(support::same_bits(one, two));
}

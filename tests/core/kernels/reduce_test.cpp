#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/kernels/reduce.h"
#include "core/kernels/reference/map.h"
#include "core/kernels/reference/reduce.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"

using namespace core;

namespace {

struct Case {
  Shape x, to;
};

const std::vector<Case> kCases{
    {{7}, {}},             // everything
    {{40000}, {}},         // several blocks
    {{5, 7}, {7}},         // leading axis
    {{5, 7}, {5, 1}},      // trailing axis
    {{3, 4, 5, 6}, {6}},   // bias gradient
    {{2, 20000}, {2, 1}},  // rows longer than a block
    {{5000, 16}, {16}},    // folded lines, several blocks
    {{5003, 10}, {10}},    // a broken last line
    {{9000, 3}, {1, 3}},
    {{16383}, {}},  // a block, all but one element, and one more
    {{16384}, {}},
    {{16385}, {}},
    {{3, 16385}, {3, 1}},
    {{1, 700, 63}, {63}},  // two rows a line, and one
    {{1, 1, 511, 64}, {1, 1, 1, 64}},
    {{512, 64}, {64}},  // one block of rows
    {{513, 65}, {65}},
    {{65, 511}, {511}},  // one column tile, and a column more
    {{64, 512}, {512}},
    {{65, 513}, {513}},
    {{2, 3, 4, 64}, {2, 1, 1, 64}},
    {{130, 700}, {700}},           // more than one column tile
    {{4, 50, 33}, {4, 1, 33}},     // the middle
    {{6, 5, 4, 3}, {1, 5, 1, 3}},  // alternating
    {{6, 5, 4, 3}, {6, 1, 4, 1}},
    {{2, 1, 3}, {1, 1, 3}},
    {{2, 3}, {2, 3}},
    {{0, 4}, {4}},  // an empty sum is zero
    {{3, 0}, {3, 1}},
    {{0, 4}, {0, 1}},
};

}  // namespace

TEST_CASE("sum_to equals the f64 reference for every pattern of axes") {
  Rng rng(4);
  for (const auto& [from, to] : kCases) {
    CAPTURE(from.str());
    CAPTURE(to.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = rng.normal(from, 0.5, 1, dtype);
      const Tensor y = sum_to(x, to);
      CHECK(y.dtype() == dtype);
      // Sums run in double, so f32 pays one rounding at the end.
      CHECK(support::relative_difference(y, reference::sum_to(x, to)) <=
            (dtype == DType::f32 ? 6e-8 : 1e-13));
    }
  }
}

TEST_CASE("sum keeps or removes the reduced axes and takes negative axes") {
  Rng rng(5);
  const Tensor x = rng.normal({3, 4, 5}, 0, 1);
  const std::array<int, 2> axes{0, -1};
  CHECK(sum(x, axes, true).shape() == Shape{1, 4, 1});
  CHECK(sum(x, axes, false).shape() == Shape{4});
  CHECK(support::same_bits(sum(x, axes, true), sum_to(x, {1, 4, 1})));
  CHECK(sum(x).shape() == Shape{});
  CHECK(sum(x, {}, false).is_same(x));
  const std::array<int, 2> twice{1, -2};
  CHECK_THROWS_AS(sum(x, twice, false), ShapeError);
  CHECK_THROWS_AS(sum_to(x, {2, 5}), ShapeError);
}

TEST_CASE("a large sum loses nothing to small addends") {
  const Tensor x = Tensor::full({1 << 20}, 0.1);
  CHECK(sum(x).item() ==
        static_cast<double>(static_cast<float>((1 << 20) * static_cast<double>(0.1f))));
}

TEST_CASE("broadcast_to stretches as element-wise kernels do") {
  Rng rng(6);
  const std::vector<Case> cases{
      {{}, {3, 4}},     {{4}, {3, 4}}, {{3, 1}, {3, 4}}, {{2, 1, 1, 5}, {2, 3, 4, 5}},
      {{3, 4}, {3, 4}}, {{1}, {0}},    {{1, 4}, {0, 4}}};
  for (const auto& [from, to] : cases) {
    CAPTURE(from.str());
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = rng.normal(from, 0, 1, dtype);
      const Tensor expected =
          reference::binary(x, Tensor::zeros(to), [](double a, double) { return a; });
      CHECK(support::relative_difference(broadcast_to(x, to), expected) == 0);
    }
  }
  CHECK_THROWS_AS(broadcast_to(Tensor::zeros({3, 4}), Shape{4}), ShapeError);
  CHECK_THROWS_AS(broadcast_to(Tensor::zeros({3}), Shape{4}), ShapeError);
}

TEST_CASE("argmax takes the first of equals and prefers NaN") {
  const Tensor x = Tensor::of<float>({4, 3}, {1, 3, 3, 5, 5, 2, 1, NAN, 7, NAN, 9, NAN});
  const Tensor y = argmax_last(x);
  CHECK(y.dtype() == DType::s64);
  CHECK(y.values() == std::vector<double>{1, 0, 1, 0});
  CHECK(argmax_last(x.to(DType::f64)).values() == y.values());
  CHECK(argmax_last(Tensor::of<float>({2}, {-INFINITY, -INFINITY})).item() == 0);
  CHECK_THROWS_AS(argmax_last(Tensor::zeros({2, 0})), ShapeError);
}

TEST_CASE("min_max and all_finite see every element") {
  Rng rng(7);
  for (const std::int64_t n : {1, 5, 16, 17, 16384, 40001}) {
    CAPTURE(n);
    for (const DType dtype : {DType::f32, DType::f64}) {
      Tensor x = rng.uniform({n}, -1, 1, dtype);
      const std::int64_t last = n - 1;
      const auto set = [&](double value) {
        if (dtype == DType::f32)
          x.writable<float>()[static_cast<std::size_t>(last)] = static_cast<float>(value);
        else
          x.writable<double>()[static_cast<std::size_t>(last)] = value;
      };
      CHECK(all_finite(x));
      set(4);
      CHECK(min_max(x).max == 4);
      set(-4);
      CHECK(min_max(x).min == -4);
      set(-INFINITY);
      CHECK(min_max(x).min == -INFINITY);
      CHECK_FALSE(all_finite(x));
      set(NAN);
      CHECK(std::isnan(min_max(x).min));
      CHECK(std::isnan(min_max(x).max));
      CHECK_FALSE(all_finite(x));
    }
  }
  CHECK_THROWS_AS(min_max(Tensor::zeros({0})), ShapeError);
  CHECK(all_finite(Tensor::zeros({0})));
}

TEST_CASE("sums have the same bits on one and two threads") {
  const int before = threads();
  Rng rng(8);
  for (const auto& [from, to] : kCases) {
    CAPTURE(from.str());
    const Tensor x = rng.normal(from, 0, 1, DType::f64);
    set_threads(1);
    const Tensor one = sum_to(x, to);
    set_threads(2);
    const Tensor two = sum_to(x, to);
    CHECK(support::same_bits(one, two));
  }
  set_threads(before);
}

#include "autograd/gradient_sum.h"

#include <doctest/doctest.h>

#include "tests/support/compare.h"

using autograd::GradientSum;
using core::DType;
using core::Shape;
using core::Tensor;

namespace {

const Shape kShape{3, 2};

Tensor rows(std::vector<float> values) {
  const auto n = static_cast<std::int64_t>(values.size()) / 2;
  return Tensor::of<float>({n, 2}, values);
}
Tensor whole(GradientSum& sum) { return sum.whole(kShape, DType::f32); }

}  // namespace

TEST_CASE("gradients of a whole value add up; taking them leaves nothing") {
  GradientSum sum;
  CHECK(sum.empty());
  CHECK(support::same_bits(whole(sum), Tensor::zeros(kShape)));
  sum.add(rows({1, 2, 3, 4, 5, 6}));
  sum.add(rows({10, 20, 30, 40, 50, 60}));
  CHECK(!sum.empty());
  CHECK(support::same_bits(whole(sum), rows({11, 22, 33, 44, 55, 66})));
  CHECK(support::same_bits(sum.take(kShape, DType::f32), rows({11, 22, 33, 44, 55, 66})));
  CHECK(sum.empty());
}

TEST_CASE("gradients of rows join to a whole in any order") {
  GradientSum sum;
  sum.add_rows(2, rows({5, 6}));
  CHECK(!sum.empty());
  sum.add_rows(0, rows({1, 2, 3, 4}));
  CHECK(support::same_bits(whole(sum), rows({1, 2, 3, 4, 5, 6})));
  sum.add_rows(1, rows({10, 10}));
  CHECK(support::same_bits(whole(sum), rows({1, 2, 13, 14, 5, 6})));
}

TEST_CASE("rows without a gradient are zero, rows with two have their sum") {
  GradientSum gap, overlap, onto;
  gap.add_rows(0, rows({1, 2}));
  gap.add_rows(2, rows({5, 6}));
  CHECK(support::same_bits(whole(gap), rows({1, 2, 0, 0, 5, 6})));
  overlap.add_rows(0, rows({1, 2, 3, 4}));
  overlap.add_rows(1, rows({10, 20, 30, 40}));
  CHECK(support::same_bits(whole(overlap), rows({1, 2, 13, 24, 30, 40})));
  onto.add_rows(1, rows({10, 20}));
  onto.add(rows({1, 2, 3, 4, 5, 6}));
  CHECK(support::same_bits(whole(onto), rows({1, 2, 13, 24, 5, 6})));
}

TEST_CASE("a gradient that was handed out stays as it was") {
  GradientSum sum;
  sum.add(rows({1, 2, 3, 4, 5, 6}));
  const Tensor before = whole(sum);
  sum.add_rows(0, rows({1, 1}));
  CHECK(support::same_bits(whole(sum), rows({2, 3, 3, 4, 5, 6})));
  CHECK(support::same_bits(before, rows({1, 2, 3, 4, 5, 6})));
}

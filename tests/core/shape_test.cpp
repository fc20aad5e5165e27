#include "core/shape.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/error.h"

using core::broadcast;
using core::Shape;
using core::ShapeError;

TEST_CASE("a scalar has rank 0 and one element") {
  const Shape s{};
  CHECK(s.rank() == 0);
  CHECK(s.numel() == 1);
  CHECK(s.str() == "()");
}

TEST_CASE("a shape knows its extents from both ends") {
  const Shape s{2, 3, 5};
  CHECK(s.rank() == 3);
  CHECK(s.numel() == 30);
  CHECK(s[0] == 2);
  CHECK(s[-1] == 5);
  CHECK(s.axis(-3) == 0);
  CHECK(s.str() == "(2, 3, 5)");
  CHECK(fmt::format("{}", s) == "(2, 3, 5)");
  CHECK_THROWS_AS(s[3], ShapeError);
  CHECK_THROWS_WITH_AS(s[-4], "shape: axis must be in range; got axis -4, shape (2, 3, 5)",
                       ShapeError);
}

TEST_CASE("an extent of zero empties a shape") {
  CHECK(Shape{4, 0, 3}.numel() == 0);
  CHECK(Shape{0}.numel() == 0);
}

TEST_CASE("negative extents, too many axes and overflow are refused") {
  CHECK_THROWS_AS((Shape{2, -1}), ShapeError);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  CHECK_NOTHROW((Shape{1, 1, 1, 1, 1, 1, 1, 1}));
  const std::int64_t big = std::int64_t{1} << 32;
  CHECK_THROWS_AS((Shape{big, big}), ShapeError);
}

TEST_CASE("with replaces one extent and recounts") {
  const Shape s = Shape{2, 3}.with(-1, 7);
  CHECK(s == Shape{2, 7});
  CHECK(s.numel() == 14);
  CHECK_THROWS_AS(Shape{}.with(0, 1), ShapeError);
}

TEST_CASE("shapes are equal when rank and extents are") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{2} == Shape{2, 1});
  CHECK_FALSE(Shape{} == Shape{1});
  const std::vector<std::int64_t> dims{4, 5};
  CHECK(Shape(std::span<const std::int64_t>(dims)) == Shape{4, 5});
}

TEST_CASE("broadcast aligns the last axes and stretches extents of one") {
  CHECK(broadcast("add", {2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast("add", {3}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast("add", {2, 1, 4}, {5, 1}) == Shape{2, 5, 4});
  CHECK(broadcast("add", {}, {2, 2}) == Shape{2, 2});
  CHECK(broadcast("add", {1}, {0}) == Shape{0});
  CHECK(broadcast("add", {0, 3}, {1, 3}) == Shape{0, 3});
  CHECK_THROWS_WITH_AS(broadcast("add", {2, 3}, {2}),
                       "add: shapes must broadcast; got a (2, 3), b (2)", ShapeError);
  CHECK_THROWS_AS(broadcast("add", {2}, {0}), ShapeError);
}

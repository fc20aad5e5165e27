#include "core/kernels/conv2d_options.h"

#include <doctest/doctest.h>

using core::Shape;

TEST_CASE("the shape of a convolution's result, by hand") {
  CHECK(core::conv2d_shape({2, 8, 7, 3}, {5, 3, 3, 3}, {}) == Shape{2, 6, 5, 5});
  CHECK(core::conv2d_shape({1, 8, 8, 4}, {6, 2, 3, 3},
                           {.stride = {2, 2}, .pad = {1, 1}, .groups = 2}) == Shape{1, 4, 4, 6});
  CHECK(core::conv2d_shape({1, 9, 9, 1}, {1, 1, 3, 3}, {.dilation = {2, 2}}) == Shape{1, 5, 5, 1});
}

TEST_CASE("tensors that do not fit are refused") {
  CHECK_THROWS_AS(core::conv2d_shape({2, 8, 8, 3}, {5, 4, 3, 3}, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d_shape({2, 2, 2, 3}, {5, 3, 3, 3}, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d_shape({2, 8, 8, 3}, {5, 3, 3, 3}, {.groups = 2}), core::ShapeError);
}

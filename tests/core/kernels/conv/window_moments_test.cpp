#include "core/kernels/conv/window_moments.h"

#include <doctest/doctest.h>

#include "core/kernels/conv/im2col.h"
#include "core/kernels/gemm.h"
#include "core/rng.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("the moments of windows are the products of im2col, by shifts or not") {
  struct Case {
    core::Shape x, w;
    core::Conv2dOptions options;
  };
  const std::vector<Case> table{{{2, 6, 7, 16}, {4, 16, 3, 3}, {.pad = {1, 1}}},
                                {{2, 6, 6, 16}, {4, 16, 3, 3}, {}},
                                {{1, 8, 9, 17}, {4, 17, 3, 3}, {.pad = {2, 2}}},
                                {{1, 10, 11, 16}, {2, 16, 5, 3}, {.pad = {1, 0}}},
                                {{2, 6, 4, 16}, {2, 16, 3, 1}, {.pad = {1, 0}}},
                                {{2, 4, 8, 16}, {2, 16, 2, 4}, {.pad = {0, 3}}},
                                {{1, 5, 5, 16}, {2, 16, 3, 3}, {.pad = {1, 1}}},  // too small
                                {{2, 6, 6, 16}, {2, 16, 1, 1}, {}},
                                {{2, 6, 6, 16}, {2, 16, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}}},
                                {{1, 8, 8, 32}, {4, 16, 3, 3}, {.pad = {1, 1}, .groups = 2}},
                                {{3, 6, 6, 3}, {4, 3, 3, 3}, {.pad = {1, 1}}}};
  for (const Case& c : table) {
    CAPTURE(c.x.str());
    CAPTURE(c.w.str());
    core::Rng rng(3);
    const Tensor x = rng.normal(c.x, 0.5, 1, core::DType::f64);
    const Tensor exact = core::gram_matrix(core::im2col(x, c.w, c.options));
    const Tensor wide = core::window_moments(x, c.w, c.options),
                 ours = core::window_moments(x.to(core::DType::f32), c.w, c.options);
    CHECK(wide.shape() == exact.shape());
    CHECK(support::relative_difference(wide, exact) < 1e-13);
    CHECK(ours.dtype() == core::DType::f64);
    CHECK(support::relative_difference(ours, exact) < 1e-5);
  }
}

TEST_CASE("window_moments refuses channels that the weight does not have") {
  CHECK_THROWS_AS(core::window_moments(Tensor::zeros({1, 6, 6, 4}), {2, 3, 3, 3}, {}),
                  core::ShapeError);
}

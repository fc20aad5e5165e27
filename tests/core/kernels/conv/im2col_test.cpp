#include "core/kernels/conv/im2col.h"

#include <doctest/doctest.h>

#include "core/kernels/conv/conv2d.h"
#include "core/kernels/gemm.h"
#include "core/rng.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("the windows times the weight are the convolution") {
  struct Case {
    core::Shape x, w;
    core::Conv2dOptions options;
  };
  const std::vector<Case> table{
      {{2, 5, 6, 3}, {4, 3, 3, 3}, {.pad = {1, 1}}},
      {{1, 7, 5, 2}, {3, 2, 3, 2}, {.stride = {2, 1}, .pad = {2, 1}, .dilation = {2, 1}}},
      {{3, 4, 4, 6}, {4, 3, 3, 3}, {.pad = {1, 1}, .groups = 2}},
      {{2, 6, 6, 4}, {4, 1, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}, .groups = 4}},
      {{2, 8, 8, 1}, {5, 1, 4, 4}, {.stride = {4, 4}}},
      {{1, 1, 1, 3}, {2, 3, 1, 1}, {}},
      {{1, 2, 2, 1}, {1, 1, 5, 5}, {.pad = {4, 3}}}};
  for (const Case& c : table) {
    CAPTURE(c.x.str());
    core::Rng rng(3);
    const Tensor x = rng.normal(c.x, 0, 1, core::DType::f64),
                 w = rng.normal(c.w, 0, 1, core::DType::f64);
    const Tensor y = core::conv2d(x, w, nullptr, c.options);
    const Tensor columns = core::im2col(x, c.w, c.options);
    const std::int64_t groups = c.options.groups, each = c.w[0] / groups;
    const std::int64_t rows = y.numel() / c.w[0];
    CHECK(columns.shape() == core::Shape{groups, rows, c.w.numel() / c.w[0]});
    const Tensor product =
        core::matmul(columns, w.reshape({groups, each, c.w.numel() / c.w[0]}), {.trans_b = true});
    double worst = 0;
    for (std::int64_t g = 0; g < groups; ++g) {
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t k = 0; k < each; ++k) {
          const double ours = product.at((g * rows + r) * each + k);
          worst = std::max(worst, std::abs(ours - y.at(r * c.w[0] + g * each + k)));
        }
      }
    }
    CHECK(worst < 1e-12);
  }
}

TEST_CASE("windows in f32 are copies of the f64 ones") {
  core::Rng rng(4);
  const Tensor x = rng.normal({2, 5, 5, 3}, 0, 1);
  const core::Conv2dOptions options{.pad = {1, 1}};
  CHECK(support::same_bits(
      core::im2col(x, {4, 3, 3, 3}, options),
      core::im2col(x.to(core::DType::f64), {4, 3, 3, 3}, options).to(core::DType::f32)));
}

TEST_CASE("im2col refuses shapes that do not fit") {
  CHECK_THROWS_AS(core::im2col(Tensor::zeros({2, 5, 5, 3}), {4, 2, 3, 3}, {}), core::ShapeError);
  CHECK_THROWS_AS(core::im2col(Tensor::zeros({5, 5, 3}), {4, 3, 3, 3}, {}), core::ShapeError);
}

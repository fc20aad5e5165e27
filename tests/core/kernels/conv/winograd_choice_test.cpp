#include <doctest/doctest.h>

#include "core/kernels/conv/winograd.h"
#include "core/onednn/engine.h"

using namespace core;
using namespace core::winograd;

TEST_CASE("Winograd's algorithm is taken for dense 3x3 windows of stride 1 only") {
  const auto taken = [](Shape x, Shape w, Conv2dOptions o) {
    o.precision = Precision::f32_winograd;
    return pays(x, w, o, DType::f32);
  };
  const Conv2dOptions same{.pad = {1, 1}};
  CHECK(taken({32, 28, 28, 16}, {16, 16, 3, 3}, same));
  CHECK(taken({32, 7, 7, 64}, {64, 64, 3, 3}, same));
  CHECK_FALSE(taken({32, 28, 28, 16}, {16, 16, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}}));
  CHECK_FALSE(taken({32, 28, 28, 16}, {16, 16, 3, 3}, {.pad = {2, 2}, .dilation = {2, 2}}));
  CHECK_FALSE(taken({32, 28, 28, 32}, {32, 16, 3, 3}, {.pad = {1, 1}, .groups = 2}));
  CHECK_FALSE(taken({32, 28, 28, 16}, {16, 16, 5, 5}, {.pad = {2, 2}}));
  CHECK_FALSE(taken({32, 28, 28, 1}, {16, 1, 3, 3}, same));
  CHECK_FALSE(taken({32, 28, 28, 20}, {20, 20, 3, 3}, same));
  CHECK_FALSE(taken({32, 5, 5, 64}, {64, 64, 3, 3}, same));     // 25 pixels by 64
  CHECK_FALSE(taken({16, 7, 7, 512}, {512, 512, 3, 3}, same));  // too many weights
  // and not in f32; few channels and bf16 only where it is faster
  const auto in = [](Shape x, Shape w, Precision precision) {
    const DType seen = precision == Precision::bf16 ? DType::bf16 : DType::f32;
    return pays(x, w, {.pad = {1, 1}, .precision = precision}, seen);
  };
  const Shape narrow{32, 28, 28, 16}, long_narrow{128, 28, 28, 16}, small{32, 7, 7, 64};
  CHECK_FALSE(in(small, {64, 64, 3, 3}, Precision::f32));
  CHECK(in(narrow, {16, 16, 3, 3}, Precision::f32_winograd));
  CHECK_FALSE(in(long_narrow, {16, 16, 3, 3}, Precision::f32_winograd));
  CHECK(in(small, {64, 64, 3, 3}, Precision::f32_winograd));
  CHECK_FALSE(in(narrow, {16, 16, 3, 3}, Precision::bf16));
  CHECK_FALSE(in(small, {64, 64, 3, 3}, Precision::bf16));
  // both sides of what counts as inside, of few channels with many pixels, and of many weights
  CHECK(in({1, 6, 6, 16}, {16, 16, 3, 3}, Precision::f32_winograd));
  CHECK_FALSE(in({1, 6, 5, 16}, {16, 16, 3, 3}, Precision::f32_winograd));
  CHECK(in({32, 32, 32, 16}, {16, 16, 3, 3}, Precision::f32_winograd));
  CHECK_FALSE(in({33, 32, 32, 16}, {16, 16, 3, 3}, Precision::f32_winograd));
  CHECK(in({33, 32, 32, 32}, {32, 32, 3, 3}, Precision::f32_winograd));
  CHECK(in({1, 4, 4, 512}, {256, 512, 3, 3}, Precision::f32_winograd));
  CHECK_FALSE(in({1, 4, 4, 512}, {272, 512, 3, 3}, Precision::f32_winograd));
  if (onednn::has_amx()) return;
  CHECK(in({16, 56, 56, 64}, {64, 64, 3, 3}, Precision::bf16));
}

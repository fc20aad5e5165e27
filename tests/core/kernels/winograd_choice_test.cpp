#include <doctest/doctest.h>

#include <array>

#include "core/kernels/winograd.h"
#include "core/onednn/engine.h"

using namespace core;
using namespace core::winograd;

TEST_CASE("Winograd's algorithm is taken for dense 3x3 windows of stride 1 only") {
  const auto forward = [](Shape x, Shape w, Conv2dOptions o) {
    o.precision = Precision::f32_winograd;
    return pays(Product::forward, x, w, o, DType::f32);
  };
  const Conv2dOptions same{.pad = {1, 1}};
  CHECK(forward({32, 28, 28, 16}, {16, 16, 3, 3}, same));
  CHECK(forward({32, 7, 7, 64}, {64, 64, 3, 3}, same));
  CHECK_FALSE(forward({32, 28, 28, 16}, {16, 16, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}}));
  CHECK_FALSE(forward({32, 28, 28, 16}, {16, 16, 3, 3}, {.pad = {2, 2}, .dilation = {2, 2}}));
  CHECK_FALSE(forward({32, 28, 28, 32}, {32, 16, 3, 3}, {.pad = {1, 1}, .groups = 2}));
  CHECK_FALSE(forward({32, 28, 28, 16}, {16, 16, 5, 5}, {.pad = {2, 2}}));
  CHECK_FALSE(forward({32, 28, 28, 1}, {16, 1, 3, 3}, same));
  CHECK_FALSE(forward({32, 28, 28, 20}, {20, 20, 3, 3}, same));
  CHECK_FALSE(forward({32, 5, 5, 64}, {64, 64, 3, 3}, same));     // 25 pixels by 64
  CHECK_FALSE(forward({16, 7, 7, 512}, {512, 512, 3, 3}, same));  // too many weights
  // and not in f32; gradients and bf16 only where it is faster
  const auto all = [](Shape x, Shape w, Precision precision) {
    const DType seen = precision == Precision::bf16 ? DType::bf16 : DType::f32;
    const Conv2dOptions o{.pad = {1, 1}, .precision = precision};
    std::array<bool, 3> out;
    for (const Product p : {Product::forward, Product::backward_data, Product::backward_weights})
      out[static_cast<std::size_t>(p)] = pays(p, x, w, o, seen);
    return out;
  };
  using Three = std::array<bool, 3>;
  const Shape narrow{32, 28, 28, 16}, long_narrow{128, 28, 28, 16}, small{32, 7, 7, 64}, wide{16, 56, 56, 64};
  CHECK(all(small, {64, 64, 3, 3}, Precision::f32) == Three{false, false, false});
  CHECK(all(narrow, {16, 16, 3, 3}, Precision::f32_winograd) == Three{true, true, true});
  CHECK(all(long_narrow, {16, 16, 3, 3}, Precision::f32_winograd) == Three{true, false, false});
  CHECK(all(small, {64, 64, 3, 3}, Precision::f32_winograd) == Three{true, true, true});
  CHECK(all(narrow, {16, 16, 3, 3}, Precision::bf16) == Three{false, false, false});
  if (onednn::has_amx()) return;
  CHECK(all(small, {64, 64, 3, 3}, Precision::bf16) == Three{false, false, false});
  CHECK(all(wide, {64, 64, 3, 3}, Precision::bf16) == Three{true, true, true});
}

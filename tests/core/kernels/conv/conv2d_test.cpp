#include "core/kernels/conv/conv2d.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/io/h5.h"
#include "core/kernels/conv/winograd.h"
#include "core/onednn/engine.h"
#include "core/system/file.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"
#include "tests/support/products.h"
#include "tests/support/python.h"
#include "tests/support/temp_dir.h"

using core::Conv2dOptions;
using core::DType;
using core::Precision;
using core::Shape;
using core::Tensor;
using support::bf16_doubles;
using support::doubles;
using support::error_in_bounds;
using support::magnitudes;

namespace {

struct Case {
  const char* name;
  Shape x, w;
  Conv2dOptions options;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table{
      {"odd sizes", {2, 9, 7, 5}, {6, 5, 3, 3}, {.pad = {1, 1}}},
      {"every axis of size 1", {1, 1, 1, 1}, {1, 1, 1, 1}, {}},
      {"a window as large as the image", {2, 4, 3, 7}, {5, 7, 4, 3}, {}},
      {"grey first layer", {3, 28, 28, 1}, {16, 1, 3, 3}, {.pad = {1, 1}}},
      {"colour first layer", {2, 12, 9, 3}, {16, 3, 3, 3}, {.pad = {1, 1}}},
      {"first layer of another width",
       {2, 11, 9, 3},
       {24, 3, 3, 3},
       {.stride = {2, 2}, .pad = {1, 1}}},
      {"16 channels", {2, 10, 11, 16}, {16, 16, 3, 3}, {.pad = {1, 1}}},
      {"64 channels at 7x7", {2, 7, 7, 64}, {64, 64, 3, 3}, {.pad = {1, 1}}},
      {"stride 2 from an even size",
       {3, 8, 12, 16},
       {32, 16, 3, 3},
       {.stride = {2, 2}, .pad = {1, 1}}},
      {"1x1 with stride", {3, 12, 11, 16}, {32, 16, 1, 1}, {.stride = {2, 2}}},
      {"1x1", {1, 5, 6, 7}, {9, 7, 1, 1}, {}},
      {"7x7 stem", {1, 15, 13, 3}, {8, 3, 7, 7}, {.stride = {2, 2}, .pad = {3, 3}}},
      {"oblong window, stride and pad",
       {2, 9, 14, 4},
       {8, 4, 3, 5},
       {.stride = {1, 3}, .pad = {0, 2}}},
      {"dilation", {2, 10, 10, 8}, {8, 8, 3, 3}, {.pad = {2, 2}, .dilation = {2, 2}}},
      {"oblong dilation with stride",
       {1, 11, 13, 6},
       {4, 6, 3, 2},
       {.stride = {2, 1}, .pad = {3, 0}, .dilation = {3, 2}}},
      {"groups", {2, 9, 7, 6}, {9, 2, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}, .groups = 3}},
      {"groups of 16", {2, 6, 6, 32}, {32, 16, 3, 3}, {.pad = {1, 1}, .groups = 2}},
      // shapes for which oneDNN 2.6.3's bf16 kernels are wrong: they must not reach them
      {"1x1 with an odd number of outputs", {2, 30, 3, 16}, {9, 16, 1, 1}, {}},
      {"1x1 of one channel with stride", {3, 8, 56, 1}, {1, 1, 1, 1}, {.stride = {2, 2}}},
      {"an image narrower than the stride",
       {2, 15, 1, 8},
       {7, 8, 3, 3},
       {.stride = {2, 2}, .pad = {1, 1}}},
      {"stride 3 on two columns", {3, 1, 2, 2}, {48, 2, 5, 5}, {.stride = {3, 3}, .pad = {2, 3}}},
      {"dilated groups with a tail",
       {2, 8, 12, 16},
       {34, 8, 2, 2},
       {.pad = {0, 2}, .dilation = {3, 3}, .groups = 2}},
      {"groups of 16, stride 3",
       {1, 5, 2, 48},
       {144, 16, 2, 2},
       {.stride = {3, 3}, .pad = {0, 1}, .groups = 3}},
      {"depthwise", {1, 9, 8, 16}, {16, 1, 3, 3}, {.pad = {1, 1}, .groups = 16}},
      {"depthwise, two outputs a channel",
       {2, 5, 5, 3},
       {6, 1, 3, 3},
       {.pad = {1, 1}, .groups = 3}},
  };
  return table;
}

// Half a unit in the last place of bf16, and one more where f32 sums in another order fall apart.
constexpr double kBf16 = 0x1p-8;

/// Of each window the largest: Winograd's taps carry the errors of their neighbours.
Tensor largest_taps(const Tensor& dw) {
  Tensor out = dw;
  const std::int64_t taps = dw.shape()[2] * dw.shape()[3];
  const std::span<double> v = out.writable<double>();
  for (auto window = v.begin(); window < v.end(); window += taps)
    std::fill_n(window, taps, *std::max_element(window, window + taps));
  return out;
}

/// Compares the three directions with the f64 definition on what the precision makes of the
/// operands.
void check(const Case& c, Precision precision) {
  core::Rng rng(7);
  Conv2dOptions options = c.options, plain = c.options;
  options.precision = precision;
  const auto seen = precision == Precision::bf16 ? bf16_doubles : doubles;
  const Tensor x = rng.normal(c.x, 0, 1), w = rng.normal(c.w, 0, 1), b = rng.normal({c.w[0]}, 0, 1);
  const Tensor xd = seen(x), wd = seen(w), bd = doubles(b), bm = magnitudes(b);
  // Winograd's transforms round too, as often for one term as for many, and mix neighbours
  const bool half = precision == Precision::bf16 && core::onednn::bf16_native();
  const DType activations = half ? DType::bf16 : DType::f32;
  const int more = core::winograd::pays(c.x, c.w, options, activations) ? 256 : 0;

  const Tensor y = core::conv2d(x, w, &b, options);
  const std::int64_t window = c.w[1] * c.w[2] * c.w[3];
  CHECK(error_in_bounds(y, core::conv2d(xd, wd, &bd, plain),
                        core::conv2d(magnitudes(xd), magnitudes(wd), &bm, plain),
                        window + 1 + more) < 1);

  const Tensor dy = rng.normal(y.shape(), 0, 1), dyd = seen(dy);
  const std::int64_t outputs = c.w[0] / options.groups * c.w[2] * c.w[3];
  CHECK(error_in_bounds(core::conv2d_backward_data(dy, w, c.x, options),
                        core::conv2d_backward_data(dyd, wd, c.x, plain),
                        core::conv2d_backward_data(magnitudes(dyd), magnitudes(wd), c.x, plain),
                        outputs + more) < 1);

  const std::int64_t pixels = y.shape()[0] * y.shape()[1] * y.shape()[2];
  // twice as much as above: the slopes are transformed, too, and the sums back to taps
  const Tensor sizes = core::conv2d_backward_weights(magnitudes(dyd), magnitudes(xd), c.w, plain);
  CHECK(error_in_bounds(core::conv2d_backward_weights(dy, x, c.w, options),
                        core::conv2d_backward_weights(dyd, xd, c.w, plain),
                        more > 0 ? largest_taps(sizes) : sizes, pixels + 2 * more) < 1);
}

}  // namespace

TEST_CASE("conv2d in f32 equals its definition within the bound of f32 summation") {
  for (const Case& c : cases()) {
    SUBCASE(c.name) { check(c, Precision::f32); }
  }
}

TEST_CASE(
    "conv2d by Winograd's algorithm, or without where it does not pay, equals its definition") {
  for (const Case& c : cases()) {
    SUBCASE(c.name) { check(c, Precision::f32_winograd); }
  }
}

TEST_CASE("conv2d in bf16 equals its definition on rounded operands, summed in f32") {
  for (const Case& c : cases()) {
    SUBCASE(c.name) { check(c, Precision::bf16); }
  }
}

TEST_CASE("conv2d equals its definition on random shapes of the family that networks use") {
  core::Rng rng(21);
  const auto below = [&](std::int64_t n) { return rng.below(n); };
  for (int i = 0; i < 60; ++i) {
    const std::int64_t k = 1 + 2 * below(3), stride = 1 + below(2), pad = below(k / 2 + 1);
    const bool aligned = below(2) == 0;
    const std::int64_t I = aligned ? 16 * (1 + below(3)) : 1 + below(20);
    const std::int64_t O = aligned ? 16 * (1 + below(3)) : 1 + below(20);
    const Case c{"random",
                 {1 + below(3), k + below(9), k + below(9), I},
                 {O, I, k, k},
                 {.stride = {stride, stride}, .pad = {pad, pad}}};
    CAPTURE(c.x.str());
    CAPTURE(c.w.str());
    CAPTURE(stride);
    CAPTURE(pad);
    check(c, Precision::f32);
    check(c, Precision::f32_winograd);
    check(c, Precision::bf16);
  }
}

TEST_CASE("conv2d equals its definition on both sides of every threshold of its fast ways") {
  const Conv2dOptions same{.pad = {1, 1}};
  std::vector<Case> table;
  for (const std::int64_t inputs : {15, 16, 17, 32})  // whole vectors
    for (const std::int64_t outputs : {7, 8, 9, 16})  // 8 outputs for sums by pairs
      table.push_back({"", {1, 8, 8, inputs}, {outputs, inputs, 3, 3}, same});
  for (const std::int64_t side : {1, 2, 3, 4, 5, 6})  // half a tile inside the image, and less
    for (const std::int64_t other : {4, 5, 6, 8})
      table.push_back({"", {1, side, other, 32}, {32, 32, 3, 3}, same});
  table.push_back({"", {1, 4, 4, 256}, {512, 256, 3, 3}, same});  // the most weights
  table.push_back({"", {1, 8, 8, 64}, {64, 64, 3, 3}, same});     // in bf16, too
  for (const std::int64_t inputs : {15, 16})
    for (const std::int64_t pixels : {127, 128, 129, 255, 256, 257})
      table.push_back({"", {1, 1, pixels, inputs}, {8, inputs, 1, 1}, {}});
  for (const Case& c : table) {
    CAPTURE(c.x.str());
    CAPTURE(c.w.str());
    for (const Precision p : {Precision::f32, Precision::f32_winograd, Precision::bf16})
      check(c, p);
  }
}

TEST_CASE("conv2d takes bf16 tensors as they are and rounds what it makes of them") {
  core::Rng rng(3);
  const auto half = [](const Tensor& t) { return t.to(DType::bf16); };
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    Conv2dOptions options = c.options;
    options.precision = Precision::bf16;
    const Tensor x = rng.normal(c.x, 0, 1), w = rng.normal(c.w, 0, 1);
    const Tensor bias = rng.normal({c.w[0]}, 0, 1);
    const Tensor y = core::conv2d(half(x), w, &bias, options);
    CHECK(y.dtype() == DType::bf16);
    // the sums may be taken in another order, so neighbours of the rounded sum are right too
    CHECK(support::relative_difference(y, core::conv2d(x, w, &bias, options)) < kBf16);
    CHECK(support::same_bits(core::conv2d(half(x), half(w), &bias, options), y));
    const Tensor dy = rng.normal(y.shape(), 0, 1);
    const Tensor dx = core::conv2d_backward_data(half(dy), w, c.x, options);
    CHECK(dx.dtype() == DType::bf16);
    CHECK(support::relative_difference(dx, core::conv2d_backward_data(dy, w, c.x, options)) <
          kBf16);
    const Tensor dw = core::conv2d_backward_weights(half(dy), half(x), c.w, options);
    CHECK(dw.dtype() == DType::f32);
    CHECK(support::relative_difference(dw, core::conv2d_backward_weights(dy, x, c.w, options)) <
          1e-5);
  }
}

TEST_CASE("the weight gradient of strided bf16 windows equals that of f32 operands") {
  core::Rng rng(31);
  const auto half = [](const Tensor& t) { return t.to(DType::bf16); };
  for (const std::int64_t side : {7, 8}) {
    for (const std::int64_t pad : {0, 1}) {
      for (const std::int64_t channels : {16, 24, 32}) {
        const Shape w{5, channels, 3, 3};
        const Conv2dOptions f32{.stride = {2, 2}, .pad = {pad, pad}};
        Conv2dOptions bf16 = f32;
        bf16.precision = Precision::bf16;
        const Tensor x = half(rng.normal({3, side, side + 1, channels}, 0, 1));
        const Tensor dy = half(rng.normal(core::conv2d_shape(x.shape(), w, f32), 0, 1));
        const Tensor exact =
            core::conv2d_backward_weights(dy.to(DType::f32), x.to(DType::f32), w, f32);
        CHECK(support::relative_difference(core::conv2d_backward_weights(dy, x, w, bf16), exact) <
              1e-5);
      }
    }
  }
}

TEST_CASE("conv2d in f64 with precision bf16 rounds its operands") {
  core::Rng rng(4);
  const Tensor x = rng.normal({1, 4, 4, 2}, 0, 1), w = rng.normal({3, 2, 3, 3}, 0, 1);
  CHECK(support::same_bits(
      core::conv2d(doubles(x), doubles(w), nullptr, {.precision = Precision::bf16}),
      core::conv2d(bf16_doubles(x), bf16_doubles(w), nullptr, {})));
}

TEST_CASE("conv2d with relu clips the negative outputs and nothing else") {
  core::Rng rng(5);
  const Tensor b = rng.normal({16}, 0, 1), b64 = doubles(b);
  for (const std::int64_t channels : {1, 3, 16}) {
    const Tensor x = rng.normal({2, 7, 6, channels}, 0, 1),
                 w = rng.normal({16, channels, 3, 3}, 0, 1);
    for (const Precision precision : {Precision::f32, Precision::bf16}) {
      Tensor y = core::conv2d(x, w, &b, {.pad = {1, 1}, .precision = precision});
      for (float& v : y.writable<float>()) v = std::max(v, 0.0f);
      CHECK(support::same_bits(
          core::conv2d(x, w, &b, {.pad = {1, 1}, .precision = precision, .relu = true}), y));
    }
    Tensor y = core::conv2d(doubles(x), doubles(w), &b64, {.pad = {1, 1}});
    for (double& v : y.writable<double>()) v = std::max(v, 0.0);
    CHECK(support::same_bits(
        core::conv2d(doubles(x), doubles(w), &b64, {.pad = {1, 1}, .relu = true}), y));
  }
}

TEST_CASE("conv2d gives the same bits twice") {
  core::Rng rng(6);
  const Tensor x = rng.normal({8, 14, 14, 32}, 0, 1), w = rng.normal({32, 32, 3, 3}, 0, 1);
  const Tensor dy = rng.normal({8, 14, 14, 32}, 0, 1);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    const Conv2dOptions o{.pad = {1, 1}, .precision = precision};
    CHECK(support::same_bits(core::conv2d(x, w, nullptr, o), core::conv2d(x, w, nullptr, o)));
    CHECK(support::same_bits(core::conv2d_backward_data(dy, w, x.shape(), o),
                             core::conv2d_backward_data(dy, w, x.shape(), o)));
    CHECK(support::same_bits(core::conv2d_backward_weights(dy, x, w.shape(), o),
                             core::conv2d_backward_weights(dy, x, w.shape(), o)));
  }
}

TEST_CASE("conv2d of an empty batch is empty and its weight gradient zero") {
  const Shape w_shape{4, 2, 3, 3};
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor x = Tensor::empty({0, 5, 5, 2}, dtype), w = Tensor::full(w_shape, 1, dtype);
    const Tensor y = core::conv2d(x, w, nullptr, {});
    CHECK(y.shape() == Shape{0, 3, 3, 4});
    CHECK(core::conv2d_backward_data(y, w, x.shape(), {}).shape() == x.shape());
    CHECK(support::same_bits(core::conv2d_backward_weights(y, x, w_shape, {}),
                             Tensor::zeros(w_shape, dtype)));
  }
}

TEST_CASE("conv2d refuses what does not fit, naming the rule and both shapes") {
  const Tensor x = Tensor::zeros({1, 5, 5, 4}), w = Tensor::zeros({6, 4, 3, 3}),
               b = Tensor::zeros({5});
  CHECK_THROWS_WITH_AS(
      core::conv2d(x, Tensor::zeros({6, 3, 3, 3}), nullptr, {}),
      "conv2d: channels of x must be I * groups; got x (1, 5, 5, 4), w (6, 3, 3, 3), groups 1",
      core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, Tensor::zeros({6, 4, 6, 3}), nullptr, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, Tensor::zeros({5, 2, 3, 3}), nullptr, {.groups = 2}),
                  core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, Tensor::zeros({0, 4, 3, 3}), nullptr, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, w, nullptr, {.stride = {0, 1}}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, w, nullptr, {.pad = {-1, 0}}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, w, &b, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x.reshape({5, 5, 4}), w, nullptr, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x, w.to(DType::f64), nullptr, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d(x.to(DType::bf16), w, nullptr, {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d_backward_data(x, w, x.shape(), {}), core::ShapeError);
  CHECK_THROWS_AS(core::conv2d_backward_weights(Tensor::zeros({1, 3, 3, 6}), x, {6, 4, 5, 5}, {}),
                  core::ShapeError);
  CHECK_THROWS_AS(
      core::conv2d_backward_data(Tensor::zeros({1, 3, 3, 6}), w, x.shape(), {.relu = true}),
      core::ShapeError);
}

TEST_CASE("conv2d agrees with PyTorch in value and gradients") {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  const support::TempDir dir;
  core::Rng rng(8);
  core::h5::File in = core::h5::File::create();
  for (std::size_t i = 0; i < cases().size(); ++i) {
    const Case& c = cases()[i];
    core::h5::Group g = in.create_group(std::to_string(i));
    const Tensor x = rng.normal(c.x, 0, 1), w = rng.normal(c.w, 0, 1),
                 b = rng.normal({c.w[0]}, 0, 1);
    g.write("x", x);
    g.write("w", w);
    g.write("b", b);
    g.write("dy", rng.normal(core::conv2d_shape(c.x, c.w, c.options), 0, 1));
    const std::vector<std::int64_t> options{
        c.options.stride[0],   c.options.stride[1],   c.options.pad[0], c.options.pad[1],
        c.options.dilation[0], c.options.dilation[1], c.options.groups};
    g.write("options", std::span<const std::int64_t>(options));
  }
  core::publish(dir.file("in.h5"), in.image());
  REQUIRE(support::run_reference("conv2d.py", dir.file("in.h5") + " " + dir.file("out.h5")) == 0);
  const core::h5::File out = core::h5::File::open(dir.file("out.h5"));
  constexpr double kTolerance = 2e-5;  // two f32 libraries with different orders of summation
  for (std::size_t i = 0; i < cases().size(); ++i) {
    const Case& c = cases()[i];
    CAPTURE(c.name);
    const std::string at = std::to_string(i) + "/";
    const Tensor x = in.read(at + "x"), w = in.read(at + "w"), b = in.read(at + "b"),
                 dy = in.read(at + "dy");
    CHECK(support::relative_difference(core::conv2d(x, w, &b, c.options), out.read(at + "y")) <
          kTolerance);
    CHECK(support::relative_difference(core::conv2d_backward_data(dy, w, c.x, c.options),
                                       out.read(at + "dx")) < kTolerance);
    CHECK(support::relative_difference(core::conv2d_backward_weights(dy, x, c.w, c.options),
                                       out.read(at + "dw")) < kTolerance);
  }
}

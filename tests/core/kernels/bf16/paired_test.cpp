#include "core/kernels/bf16/paired.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/kernels/reduce.h"
#include "core/kernels/reference/conv2d.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"
#include "tests/support/products.h"

using core::Conv2dOptions;
using core::DType;
using core::Shape;
using core::Tensor;
using support::doubles;
using support::magnitudes;
namespace paired = core::paired;

namespace {

struct Operands {
  Tensor x, dy;

  Operands(const Shape& x_shape, const Shape& w, const Conv2dOptions& o)
      : x(core::Rng(1).normal(x_shape, 0, 1).to(DType::bf16)),
        dy(core::Rng(2).normal(core::conv2d_shape(x_shape, w, o), 0, 1).to(DType::bf16)) {}
};

Tensor gradient(const Operands& of, const Shape& w, const Conv2dOptions& o) {
  Tensor dw = Tensor::empty(w);
  paired::backward_weights(of.dy, of.x, o, dw);
  return dw;
}

/// The error against the definition in f64, in units of the bound of f32 sums.
double error(const Shape& x_shape, const Shape& w, const Conv2dOptions& o) {
  const Operands of(x_shape, w, o);
  const Tensor x = doubles(of.x), dy = doubles(of.dy);
  Tensor truth = Tensor::empty(w, DType::f64), bound = Tensor::empty(w, DType::f64);
  core::reference::conv2d_backward_weights(dy, x, o, truth);
  core::reference::conv2d_backward_weights(magnitudes(dy), magnitudes(x), o, bound);
  return support::error_in_bounds(gradient(of, w, o), truth, bound, of.dy.numel() / w[0]);
}

}  // namespace

TEST_CASE("weight gradients by pairs equal the definition for every window, stride and padding") {
  for (const std::int64_t rows : {5, 8}) {
    for (const std::int64_t columns : {5, 6, 7, 8}) {
      for (const std::int64_t stride : {1, 2, 3}) {
        for (const std::int64_t pad : {0, 1, 2}) {
          for (const Shape& w : {Shape{16, 16, 3, 3}, Shape{8, 16, 1, 3}, Shape{9, 16, 5, 2}}) {
            CAPTURE(rows);
            CAPTURE(columns);
            CAPTURE(stride);
            CAPTURE(pad);
            CAPTURE(w);
            CHECK(error({2, rows, columns, 16}, w,
                        {.stride = {stride, stride}, .pad = {pad, pad}}) < 1);
          }
        }
      }
    }
  }
}

TEST_CASE("weight gradients by pairs equal the definition for channels in any number of vectors") {
  for (const std::int64_t inputs : {16, 32, 48, 64, 80, 208, 224, 240}) {
    for (const std::int64_t outputs : {1, 8, 10, 16, 17, 40}) {
      CAPTURE(inputs);
      CAPTURE(outputs);
      CHECK(error({1, 4, 6, inputs}, {outputs, inputs, 3, 3}, {.pad = {1, 1}}) < 1);
      CHECK(error({3, 3, 3, inputs}, {outputs, inputs, 1, 1}, {}) < 1);
    }
  }
}

TEST_CASE("weight gradients by pairs sum many pixels, in slices and several blocks") {
  CHECK(error({5, 56, 56, 32}, {24, 32, 3, 3}, {.pad = {1, 1}}) < 1);
  CHECK(error({40, 7, 7, 64}, {48, 64, 3, 3}, {.pad = {1, 1}}) < 1);
  CHECK(error({3, 57, 33, 16}, {16, 16, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}}) < 1);
  CHECK(error({1, 1999, 1, 96}, {136, 96, 1, 1}, {}) < 1);
}

TEST_CASE("the weight gradient of a layer by pairs is that of a 1x1 window") {
  const Operands of({700, 1, 1, 80}, {24, 80, 1, 1}, {});
  Tensor dw = Tensor::empty({24, 80});
  paired::backward_weights(of.dy.reshape({7, 100, 24}), of.x.reshape({7, 100, 80}), dw, nullptr);
  CHECK(support::same_bits(dw, gradient(of, {24, 80, 1, 1}, {}).reshape({24, 80})));
}

TEST_CASE("weight gradients by pairs fill results with leading axes of 1") {
  const Operands of({256, 1, 1, 16}, {16, 16, 1, 1}, {});
  const Tensor expected = gradient(of, {16, 16, 1, 1}, {});
  for (const Shape& shape : {Shape{16, 16}, Shape{1, 16, 16}, Shape{1, 1, 1, 16, 16}}) {
    Tensor dw = Tensor::full(shape, std::numeric_limits<float>::quiet_NaN());
    const std::int64_t axes = shape.rank();
    const auto behind_ones = [&](const Tensor& t) {
      std::vector<std::int64_t> dims(static_cast<std::size_t>(axes), 1);
      dims[dims.size() - 2] = 256;
      dims.back() = 16;
      return t.reshape(Shape(dims));
    };
    paired::backward_weights(behind_ones(of.dy), behind_ones(of.x), dw, nullptr);
    CHECK(support::same_bits(dw.reshape({16, 16, 1, 1}), expected));
  }
}

TEST_CASE("weight gradients by pairs equal the definition on both sides of every cut") {
  // slices have 128 pairs at least, and up to 8 or 64 of them
  for (const std::int64_t doubled : {256, 512, 1024, 2048, 8192, 16384, 32768})
    for (const std::int64_t rows : {doubled - 1, doubled, doubled + 1})
      CHECK(error({rows, 1, 1, 16}, {8, 16, 1, 1}, {}) < 1);
  // the packed operands of 382 rows have room
  for (const std::int64_t rows : {381, 382, 383, 763, 764, 765})
    CHECK(error({rows, 1, 1, 336}, {200, 336, 1, 1}, {}) < 1);
}

TEST_CASE("the bias gradient of a layer by pairs is the sum of the slopes") {
  for (const std::int64_t outputs : {8, 17, 200}) {
    const Operands of({3001, 1, 1, 336}, {outputs, 336, 1, 1}, {});
    Tensor dw = Tensor::empty({outputs, 336}), dbias = Tensor::empty({outputs});
    const Tensor dy = of.dy.reshape({3001, outputs});
    paired::backward_weights(dy, of.x.reshape({3001, 336}), dw, &dbias);
    const Tensor truth = core::sum_to(doubles(dy), {outputs}),
                 bound = core::sum_to(magnitudes(dy), {outputs});
    CHECK(support::error_in_bounds(dbias, truth, bound, 3001) < 1);
  }
}

TEST_CASE("weight gradients by pairs have the same bits for every number of threads") {
  const int threads = core::threads();
  for (const std::int64_t side : {13, 14}) {
    const Shape w{32, 64, 3, 3};
    const Operands of({32, side, side, 64}, w, {.pad = {1, 1}});
    core::set_threads(1);
    const Tensor one = gradient(of, w, {.pad = {1, 1}});
    for (const int n : {2, 3, 16}) {
      core::set_threads(n);
      CHECK(support::same_bits(gradient(of, w, {.pad = {1, 1}}), one));
    }
  }
  core::set_threads(threads);
}

TEST_CASE("weight gradients by pairs keep infinities apart and NaN where it belongs") {
  const Shape w{8, 16, 1, 1};
  Operands of({1, 3, 1, 16}, w, {});
  for (core::bf16& v : of.dy.writable<core::bf16>()) v = core::bf16(1.0f);
  of.x.writable<core::bf16>()[2 * 16 + 5] = core::bf16(std::numeric_limits<float>::infinity());
  of.x.writable<core::bf16>()[7] = core::bf16(std::numeric_limits<float>::quiet_NaN());
  const Tensor dw = gradient(of, w, {});
  for (std::int64_t i = 0; i < 8 * 16; ++i) {
    const float v = dw.data<float>()[static_cast<std::size_t>(i)];
    CHECK(std::isinf(v) == (i % 16 == 5));
    CHECK(std::isnan(v) == (i % 16 == 7));
  }
}

TEST_CASE("pairs are for dense windows of one group over whole vectors of channels") {
  const Shape x{32, 14, 14, 32};
  if (paired::pays(x, {32, 32, 3, 3}, {.pad = {1, 1}})) {  // false without the instruction
    CHECK(paired::pays(x, {64, 32, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}}));
    CHECK(paired::pays(6400, 192, 10));
    CHECK_FALSE(paired::pays(64, 192, 10));
  }
  CHECK_FALSE(paired::pays(x, {32, 16, 3, 3}, {.groups = 2}));
  CHECK_FALSE(paired::pays(x, {32, 32, 3, 3}, {.dilation = {1, 2}}));
  CHECK_FALSE(paired::pays({32, 14, 14, 3}, {16, 3, 3, 3}, {}));
  CHECK_FALSE(paired::pays(6400, 100, 192));
}

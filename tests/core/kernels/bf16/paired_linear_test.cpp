#include "core/kernels/bf16/paired_linear.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/kernels/gemm.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/support/compare.h"
#include "tests/support/products.h"

using core::bf16;
using core::DType;
using core::Tensor;
using support::bf16_doubles;
using support::error_in_bounds;
using support::magnitudes;
namespace paired = core::paired;

namespace {

struct Layer {
  Tensor x, w, bias;

  Layer(std::int64_t rows, std::int64_t inputs, std::int64_t outputs, DType weights = DType::f32)
      : x(core::Rng(1).normal({rows, inputs}, 0, 1).to(DType::bf16)),
        w(core::Rng(2).normal({outputs, inputs}, 0, 1).to(weights)),
        bias(core::Rng(3).normal({outputs}, 0, 1)) {}

  Tensor forward(bool with_bias = true) const {
    Tensor y = Tensor::empty({x.shape()[0], w.shape()[0]}, DType::bf16);
    paired::linear(x, w, with_bias ? &bias : nullptr, y);
    return y;
  }
};

}  // namespace

TEST_CASE("layers by pairs equal the definition for any number of rows, channels and vectors") {
  for (const std::int64_t rows : {1, 7, 8, 9, 37}) {
    for (const std::int64_t inputs : {2, 30, 32, 34, 200}) {
      for (const std::int64_t outputs : {16, 32, 48, 64, 80, 112}) {
        CAPTURE(rows);
        CAPTURE(inputs);
        CAPTURE(outputs);
        const Layer layer(rows, inputs, outputs, inputs == 32 ? DType::bf16 : DType::f32);
        const Tensor x = bf16_doubles(layer.x), w = bf16_doubles(layer.w);
        const Tensor b = support::doubles(layer.bias), size = magnitudes(b);
        CHECK(error_in_bounds(layer.forward(), core::linear(x, w, &b),
                              core::linear(magnitudes(x), magnitudes(w), &size), inputs) < 1);
        // the other way round: sums over the rows of w
        const Layer back(rows, outputs, inputs, inputs == 32 ? DType::bf16 : DType::f32);
        Tensor dx = Tensor::empty({rows, outputs}, DType::bf16);
        const Tensor dy = core::Rng(4).normal({rows, inputs}, 0, 1).to(DType::bf16);
        paired::linear_backward_data(dy, back.w, dx);
        const Tensor slopes = bf16_doubles(dy), v = bf16_doubles(back.w);
        CHECK(error_in_bounds(dx, core::linear_backward_data(slopes, v),
                              core::linear_backward_data(magnitudes(slopes), magnitudes(v)),
                              inputs) < 1);
      }
    }
  }
}

TEST_CASE("layers by pairs have the same bits for every number of threads and of rows") {
  const int threads = core::threads();
  const Layer layer(333, 96, 48);
  core::set_threads(1);
  const Tensor one = layer.forward();
  for (const int n : {2, 3, 16}) {
    core::set_threads(n);
    CHECK(support::same_bits(layer.forward(), one));
  }
  core::set_threads(threads);
  Layer some = layer;
  some.x = layer.x.rows(5, 11);
  CHECK(support::same_bits(some.forward(), one.rows(5, 11)));
}

TEST_CASE("layers by pairs pack a weight again once it has changed, and views of it each time") {
  Layer layer(9, 32, 16);
  const Tensor before = layer.forward(false);
  for (float& v : layer.w.writable<float>()) v = -v;
  const Tensor after = layer.forward(false);
  for (std::int64_t i = 0; i < before.numel(); ++i) CHECK(after.at(i) == -before.at(i));

  const Layer two(9, 32, 32);
  Layer second = two;
  second.w = two.w.rows(16, 16);
  second.bias = two.bias.rows(16, 16);
  const Tensor whole = two.forward(), part = second.forward();
  for (std::int64_t r = 0; r < 9; ++r)
    for (std::int64_t o = 0; o < 16; ++o) CHECK(part.at(r * 16 + o) == whole.at(r * 32 + 16 + o));
}

TEST_CASE("layers by pairs keep infinities and NaN in their rows") {
  Layer layer(10, 32, 16);
  for (float& v : layer.w.writable<float>()) v = 1;
  layer.x.writable<bf16>()[3 * 32 + 5] = bf16(std::numeric_limits<float>::infinity());
  layer.x.writable<bf16>()[9 * 32 + 8] = bf16(std::numeric_limits<float>::quiet_NaN());
  const Tensor y = layer.forward();
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    CHECK(std::isinf(y.at(i)) == (i / 16 == 3));
    CHECK(std::isnan(y.at(i)) == (i / 16 == 9));
  }
}

TEST_CASE("pairs are for layers with few outputs of many inputs") {
  CHECK_FALSE(paired::linear_pays(6400, 192, 576));   // outputs count more
  CHECK_FALSE(paired::linear_pays(6400, 768, 100));   // not whole vectors
  CHECK_FALSE(paired::linear_pays(6400, 767, 192));   // not whole pairs
  CHECK_FALSE(paired::linear_pays(6400, 3072, 768));  // weights too large
  CHECK_FALSE(paired::linear_pays(50, 768, 192));     // packing would not pay
}

#include "core/onednn/matmul.h"

#include <doctest/doctest.h>

#include "core/kernels/gemm.h"
#include "core/onednn/engine.h"
#include "tests/support/compare.h"

using core::Precision;
using core::Tensor;

TEST_CASE("a transposed operand gives the same product as its copy") {
  core::Rng rng(1);
  const Tensor a = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor at = Tensor::of<float>({3, 2}, {1, 4, 2, 5, 3, 6});
  const Tensor b = rng.normal({3, 4}, 0, 1);
  Tensor c = Tensor::empty({2, 4}), d = Tensor::empty({2, 4});
  const core::onednn::Product p{
      .batch = 1, .M = 2, .N = 4, .K = 3, .trans_a = false, .trans_b = false};
  core::onednn::Product pt = p;
  pt.trans_a = true;
  REQUIRE(core::onednn::matmul(p, a, b, nullptr, c));
  REQUIRE(core::onednn::matmul(pt, at, b, nullptr, d));
  CHECK(support::relative_difference(c, d) < 1e-6);
}

TEST_CASE("in steady state products allocate nothing outside the pool and create no primitive") {
  core::Rng rng(2);
  const Tensor x = rng.normal({4, 50, 64}, 0, 1), w = rng.normal({192, 64}, 0, 1),
               b = rng.normal({192}, 0, 1);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    const auto step = [&] {
      const Tensor y = core::linear(x, w, &b, precision);
      core::linear_backward_data(y, w, precision);
      core::linear_backward_weights(y, x, precision);
      core::matmul(x, x, {.trans_b = true, .precision = precision});
    };
    step();
    const std::uint64_t blocks = core::pool_stats().system_allocations;
    const std::size_t primitives = core::onednn::kept_primitives().size();
    for (int i = 0; i < 5; ++i) step();
    CHECK(core::pool_stats().system_allocations == blocks);
    CHECK(core::onednn::kept_primitives().size() == primitives);
  }
}

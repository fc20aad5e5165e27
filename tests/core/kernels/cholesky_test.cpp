#include "core/kernels/cholesky.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/kernels/gemm.h"
#include "core/rng.h"

using core::Tensor;

namespace {

Tensor positive(std::int64_t k) {
  const Tensor x = core::Rng(5).normal({2 * k, k}, 0, 1).to(core::DType::f64);
  return core::matmul(x, x, {.trans_a = true});
}

}  // namespace

TEST_CASE("the inverse of a positive definite matrix times the matrix is the unit matrix") {
  for (const std::int64_t k : {1, 2, 7, 150}) {
    const Tensor h = positive(k);
    const Tensor unit = core::matmul(*core::inverse_positive(h), h);
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < k; ++j)
        CHECK(unit.at(i * k + j) == doctest::Approx(i == j).epsilon(1e-9));
    }
  }
}

TEST_CASE("the factor is upper triangular and its square is the matrix") {
  const Tensor u = *core::upper_factor(Tensor::of<double>({2, 2}, {4, 2, 2, 5}));
  CHECK(u.values() == std::vector<double>{2, 1, 0, 2});
  const Tensor h = positive(40), factor = *core::upper_factor(h);
  const Tensor back = core::matmul(factor, factor, {.trans_a = true});
  for (std::int64_t i = 0; i < 40; ++i) {
    for (std::int64_t j = 0; j < 40; ++j) {
      CHECK(back.at(i * 40 + j) == doctest::Approx(h.at(i * 40 + j)).epsilon(1e-10));
      if (j < i) CHECK(factor.at(i * 40 + j) == 0);
    }
  }
}

TEST_CASE("a matrix that is not positive definite or not finite has neither") {
  for (const double last : {1.0, 0.5, std::numeric_limits<double>::quiet_NaN()}) {
    const Tensor h = Tensor::of<double>({2, 2}, {1, 1, 1, last});
    CHECK_FALSE(core::inverse_positive(h));
    CHECK_FALSE(core::upper_factor(h));
  }
  CHECK_THROWS_AS(core::inverse_positive(Tensor::zeros({2, 3}, core::DType::f64)),
                  core::ShapeError);
  CHECK_THROWS_AS(core::upper_factor(Tensor::zeros({2, 2})), core::ShapeError);
}

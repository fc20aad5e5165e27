#include <doctest/doctest.h>

#include "core/kernels/cholesky.h"
#include "quant/grid/codes.h"
#include "tests/quant/solver/cases.h"

using core::Tensor;
using quant::QuantisedWeight;
using quant::Solver;
using quant_test::make;

namespace {

/// The greedy rule with a fresh inverse of the Hessian of what is left, for uniform grids.
Tensor reference(const QuantisedWeight& weight, const Tensor& h, double damping) {
  const std::int64_t k = h.shape()[2], rows = weight.w.numel() / k;
  const std::int64_t run = weight.w.numel() / weight.q.scale.numel();
  double trace = 0;
  for (std::int64_t i = 0; i < k; ++i) trace += h.at(i * k + i);
  Tensor codes = Tensor::empty(weight.w.shape(), core::DType::s32);
  for (std::int64_t r = 0; r < rows; ++r) {
    std::vector<std::int64_t> left;
    for (std::int64_t j = 0; j < k; ++j) left.push_back(j);
    Tensor now = weight.w;
    while (!left.empty()) {
      const auto m = static_cast<std::int64_t>(left.size());
      Tensor part = Tensor::empty({m, m}, core::DType::f64);
      for (std::int64_t a = 0; a < m; ++a) {
        for (std::int64_t b = 0; b < m; ++b)
          part.writable<double>()[a * m + b] =
              h.at(left[std::size_t(a)] * k + left[std::size_t(b)]) +
              (a == b ? damping * trace / static_cast<double>(k) : 0.0);
      }
      const Tensor inverse = *core::inverse_positive(part);
      const Tensor code = quant::quantise_codes(now, weight.q, weight.grid);
      const Tensor value = quant::dequantise(code, weight.q, weight.grid);
      std::int64_t best = 0, outlier = -1;
      double least = 1e300, most = 0;
      for (std::int64_t a = 0; a < m; ++a) {
        const std::int64_t at = r * k + left[std::size_t(a)];
        const double e = now.at(at) - value.at(at), s = weight.q.scale.at(at / run);
        if (e * e / inverse.at(a * m + a) < least) least = e * e / inverse.at(a * m + a), best = a;
        if (e * e > 0.2501 * s * s && e * e > most) most = e * e, outlier = a;
      }
      const std::int64_t p = outlier >= 0 ? outlier : best, at = r * k + left[std::size_t(p)];
      codes.writable<std::int32_t>()[at] = code.data<std::int32_t>()[std::size_t(at)];
      const double step = (now.at(at) - value.at(at)) / inverse.at(p * m + p);
      for (std::int64_t a = 0; a < m; ++a) {
        const std::int64_t to = r * k + left[std::size_t(a)];
        now.writable<float>()[to] -= static_cast<float>(step * inverse.at(p * m + a));
      }
      left.erase(left.begin() + p);
    }
  }
  return codes;
}

}  // namespace

TEST_CASE("obq gives the codes of the greedy rule with an inverse made anew in every step") {
  const Tensor h = quant_test::correlated(10, 40);
  for (const quant::Grid& grid :
       {quant::Grid{.bits = 3}, quant::Grid{.bits = 2}, quant::Grid{.bits = 2, .group = 5}}) {
    const QuantisedWeight weight = quant_test::weight_on({6, 10}, grid);
    CHECK(make<Solver>("obq")->solve(weight, h).values() == reference(weight, h, 0.01).values());
  }
}

TEST_CASE("obq on uncorrelated inputs gives round to nearest") {
  for (const quant::Grid& grid : quant_test::solver_grids()) {
    const QuantisedWeight weight = quant_test::weight_on({6, 8}, grid);
    CHECK(make<Solver>("obq")->solve(weight, quant_test::unit_moments(8)).values() ==
          quant_test::nearest(weight).values());
  }
}

TEST_CASE("obq ends two weights that read the same input with errors that cancel") {
  const QuantisedWeight weight{Tensor::of<float>({1, 2}, {0.4f, 0.41f}),
                               {.bits = 3},
                               {Tensor::full({1}, 1), Tensor::zeros({1})}};
  const Tensor h = Tensor::full({1, 2, 2}, 1.0, core::DType::f64);
  // the first costs less and goes first; its 0.4 moves to the second
  CHECK(make<Solver>("obq")->solve(weight, h).values() == std::vector<double>{0, 1});
  CHECK_THROWS_WITH_AS(make<Solver>("obq", {{"damping", 0.0}})->solve(weight, h),
                       doctest::Contains("raise learn.solver.damping"), core::Error);
}

TEST_CASE("a weight pushed off the grid by more than half a step goes at once") {
  // codes 0..3 at step 1: 3.6 is off the grid by 0.6 though 1.1 would cost less
  const QuantisedWeight weight{Tensor::of<float>({1, 2}, {1.1f, 3.6f}),
                               {.bits = 2},
                               {Tensor::full({1}, 1), Tensor::zeros({1})}};
  const Tensor h = Tensor::of<double>({1, 2, 2}, {1, 0.8, 0.8, 1});
  // 3.6 -> 3 first: 1.1 + 0.8 * 0.6 = 1.58 -> 2; the other order would give 1
  CHECK(make<Solver>("obq", {{"damping", 0.0}})->solve(weight, h).values() ==
        std::vector<double>{2, 3});
}

TEST_CASE("obq's error is at most that of round to nearest, and dead weights become zero") {
  for (const quant::Grid& grid : quant_test::solver_grids()) {
    const QuantisedWeight weight = quant_test::weight_on({8, 24}, grid);
    const Tensor h = quant_test::correlated(24, 200, 3);
    const Tensor codes = make<Solver>("obq")->solve(weight, h);
    CHECK(quant_test::output_error(weight, codes, h) <
          0.9 * quant_test::output_error(weight, quant_test::nearest(weight), h));
    const Tensor hat = quant::dequantise(codes, weight.q, weight.grid);
    for (std::int64_t r = 0; r < 8; ++r) CHECK(hat.at(r * 24 + 3) == 0);
  }
}

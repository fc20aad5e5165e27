#include <doctest/doctest.h>

#include <numeric>

#include "core/kernels/cholesky.h"
#include "quant/grid/codes.h"
#include "tests/quant/solver/cases.h"

using core::Tensor;
using quant::QuantisedWeight;
using quant::Solver;
using quant_test::make;

namespace {

/// The same column after column with the inverse itself: after column j the inverse loses it.
Tensor reference(const QuantisedWeight& weight, const Tensor& moments, double damping,
                 std::vector<std::int64_t> order = {}) {
  const std::int64_t k = moments.shape()[2], rows = weight.w.numel() / k;
  if (order.empty()) {
    order.resize(static_cast<std::size_t>(k));
    std::iota(order.begin(), order.end(), std::int64_t{0});
  }
  Tensor h = moments.reshape({k, k});
  double trace = 0;
  for (std::int64_t i = 0; i < k; ++i) trace += h.at(i * k + i);
  for (std::int64_t i = 0; i < k; ++i)
    h.writable<double>()[i * k + i] += damping * trace / static_cast<double>(k);
  std::vector<double> inverse = core::inverse_positive(h)->values(), w = weight.w.values();
  Tensor codes = Tensor::empty(weight.w.shape(), core::DType::s32);
  for (const std::int64_t j : order) {
    Tensor now = Tensor::empty(weight.w.shape());
    for (std::size_t i = 0; i < w.size(); ++i) now.writable<float>()[i] = static_cast<float>(w[i]);
    const Tensor code = quant::quantise_codes(now, weight.q, weight.grid);
    const Tensor value = quant::dequantise(code, weight.q, weight.grid);
    const double d = inverse[std::size_t(j * k + j)];
    for (std::int64_t r = 0; r < rows; ++r) {
      codes.writable<std::int32_t>()[r * k + j] = code.data<std::int32_t>()[r * k + j];
      const double e = (w[std::size_t(r * k + j)] - value.at(r * k + j)) / d;
      for (std::int64_t c = 0; c < k; ++c)
        w[std::size_t(r * k + c)] -= e * inverse[std::size_t(j * k + c)];
    }
    std::vector<double> next = inverse;
    for (std::int64_t a = 0; a < k; ++a) {
      for (std::int64_t b = 0; b < k; ++b)
        next[std::size_t(a * k + b)] -=
            inverse[std::size_t(a * k + j)] * inverse[std::size_t(j * k + b)] / d;
    }
    inverse = next;
  }
  return codes;
}

}  // namespace

TEST_CASE("hessian_gptq gives the codes of elimination with the full inverse, on every grid") {
  const Tensor h = quant_test::correlated(12, 40);
  for (const quant::Grid& grid : quant_test::solver_grids()) {
    const QuantisedWeight weight = quant_test::weight_on({5, 12}, grid);
    const Tensor codes = make<Solver>("hessian_gptq")->solve(weight, h);
    CHECK(codes.values() == reference(weight, h, 0.01).values());
  }
}

TEST_CASE("the size of a block does not change hessian_gptq's codes") {
  const Tensor h = quant_test::correlated(12, 40);
  const QuantisedWeight weight = quant_test::weight_on({5, 12}, {.bits = 2});
  const Tensor whole = make<Solver>("hessian_gptq")->solve(weight, h);
  for (const int block : {1, 5, 12}) {
    CHECK(make<Solver>("hessian_gptq", {{"block", block}})->solve(weight, h).values() ==
          whole.values());
  }
}

TEST_CASE("uncorrelated inputs give round to nearest") {
  const Tensor h = quant_test::unit_moments(8);
  for (const quant::Grid& grid : quant_test::solver_grids()) {
    const QuantisedWeight weight = quant_test::weight_on({6, 8}, grid);
    for (const bool act_order : {false, true}) {
      const auto solver = make<Solver>("hessian_gptq", {{"act_order", act_order}});
      CHECK(solver->solve(weight, h).values() == quant_test::nearest(weight).values());
    }
  }
}

TEST_CASE("two weights that read the same input end with errors that cancel") {
  const QuantisedWeight weight{
      Tensor::full({1, 2}, 0.4), {.bits = 3}, {Tensor::full({1}, 1), Tensor::zeros({1})}};
  const Tensor h = Tensor::full({1, 2, 2}, 1.0, core::DType::f64);
  CHECK(quant_test::nearest(weight).values() == std::vector<double>{0, 0});
  const Tensor codes = make<Solver>("hessian_gptq")->solve(weight, h);
  CHECK(codes.values() == std::vector<double>{0, 1});
  CHECK(quant_test::output_error(weight, codes, h) == doctest::Approx(0.04));
  CHECK_THROWS_WITH_AS(make<Solver>("hessian_gptq", {{"damping", 0.0}})->solve(weight, h),
                       doctest::Contains("raise learn.solver.damping"), core::Error);
}

TEST_CASE("weights of a dead column become zero and others are as without it") {
  const QuantisedWeight weight = quant_test::weight_on({4, 6}, {.bits = 3});
  const Tensor h = quant_test::correlated(6, 30, 2);
  const Tensor codes = make<Solver>("hessian_gptq", {{"damping", 1e-9}})->solve(weight, h);
  const Tensor hat = quant::dequantise(codes, weight.q, weight.grid);
  for (std::int64_t r = 0; r < 4; ++r) CHECK(hat.at(r * 6 + 2) == 0);
}

TEST_CASE("act_order takes columns by falling mean square and puts them back") {
  Tensor h = quant_test::correlated(6, 50);
  const std::vector<double> factor{1, 3, 2, 0.5, 6, 0.2};
  for (std::int64_t i = 0; i < 36; ++i)
    h.writable<double>()[i] *= factor[std::size_t(i / 6)] * factor[std::size_t(i % 6)];
  const QuantisedWeight weight = quant_test::weight_on({7, 6}, {.bits = 2, .group = 3});
  const auto ordered = make<Solver>("hessian_gptq", {{"act_order", true}});
  const Tensor codes = ordered->solve(weight, h);
  CHECK(codes.values() == reference(weight, h, 0.01, {4, 1, 2, 0, 3, 5}).values());
  CHECK_FALSE(codes.values() == make<Solver>("hessian_gptq")->solve(weight, h).values());
}

TEST_CASE("hessian_gptq's error is below that of round to nearest, in each group of inputs") {
  for (const quant::Grid& grid : quant_test::solver_grids()) {
    const QuantisedWeight weight = quant_test::weight_on({16, 24}, grid);
    const Tensor h = quant_test::correlated(24, 200);
    const Tensor codes = make<Solver>("hessian_gptq")->solve(weight, h);
    CHECK(quant_test::output_error(weight, codes, h) <
          0.9 * quant_test::output_error(weight, quant_test::nearest(weight), h));
  }
  // two groups: each half is solved with its own moments
  const QuantisedWeight weight = quant_test::weight_on({6, 8}, {.bits = 2});
  Tensor both = Tensor::zeros({2, 8, 8}, core::DType::f64);
  both.write_rows(0, quant_test::unit_moments(8));
  both.write_rows(1, quant_test::correlated(8, 40));
  const std::vector<double> codes = make<Solver>("hessian_gptq")->solve(weight, both).values();
  const std::vector<double> alone =
      make<Solver>("hessian_gptq")->solve(weight, quant_test::correlated(8, 40)).values();
  const std::vector<double> rtn = quant_test::nearest(weight).values();
  CHECK(std::equal(codes.begin(), codes.begin() + 24, rtn.begin()));
  CHECK(std::equal(codes.begin() + 24, codes.end(), alone.begin() + 24));
}

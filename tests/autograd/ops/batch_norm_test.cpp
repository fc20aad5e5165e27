#include "autograd/ops/batch_norm.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("batch norm gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"image",
       {{2, 3, 4, 5}, {5}, {5}},
       [](Variables in) { return batch_norm(in[0], in[1], in[2], 1e-5).y; }},
      {"rows",
       {{6, 3}, {3}, {3}},
       [](Variables in) { return batch_norm(in[0], in[1], in[2], 1e-3).y; }},
      {"one channel",
       {{4, 1, 2, 1}, {1}, {1}},
       [](Variables in) { return batch_norm(in[0], in[1], in[2], 1e-5).y; }},
  };
  support::check_ops(table);
}

TEST_CASE("batch norm hands back the mean and the unbiased variance of the batch") {
  // channel 0: 1, 2, 3, 6 (mean 3, squared deviations 14); channel 1: constant
  const Variable x(core::Tensor::of<double>({4, 2}, {1, 5, 2, 5, 3, 5, 6, 5}));
  const Variable gamma(core::Tensor::full({2}, 1, core::DType::f64)),
      beta(core::Tensor::zeros({2}, core::DType::f64));
  const BatchNormResult r = batch_norm(x, gamma, beta, 1e-5);
  CHECK(r.mean.at(0) == doctest::Approx(3));
  CHECK(r.mean.at(1) == doctest::Approx(5));
  CHECK(r.unbiased_var.at(0) == doctest::Approx(14.0 / 3).epsilon(1e-12));
  CHECK(std::abs(r.unbiased_var.at(1)) < 1e-12);
}

TEST_CASE("batch norm refuses a single value per channel") {
  const Variable x(core::Tensor::zeros({1, 3})), c(core::Tensor::zeros({3}));
  CHECK_THROWS_AS(batch_norm(x, c, c, 1e-5), core::ShapeError);
}

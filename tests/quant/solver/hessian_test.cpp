#include "quant/solver/hessian.h"

#include <doctest/doctest.h>

#include "tests/quant/solver/cases.h"

using core::Tensor;

TEST_CASE("damping is a share of the mean of the diagonal; a dead column is that of the unit") {
  const Tensor moments = Tensor::of<double>({2, 2, 2}, {3, 1, 1, 1, 4, 0, 0, 0});
  const quant::Hessian first = quant::damped_hessian("t", moments, 0, 0.5);
  CHECK(first.h.values() == std::vector<double>{4, 1, 1, 2});
  CHECK_FALSE(first.dead[1]);
  const quant::Hessian second = quant::damped_hessian("t", moments, 1, 0.0);
  CHECK(second.h.values() == std::vector<double>{4, 0, 0, 1});
  CHECK(second.dead[1]);
  const Tensor infinite =
      Tensor::full({1, 1, 1}, std::numeric_limits<double>::infinity(), core::DType::f64);
  CHECK_THROWS_WITH_AS(quant::damped_hessian("t", infinite, 0, 0), doctest::Contains("not finite"),
                       core::Error);
}

TEST_CASE("a column and a row take their steps from the entries that hold them") {
  // two rows of four, groups of two: entries 1, 2 | 3, 4
  quant::QuantisedWeight weight{
      Tensor::zeros({2, 4}),
      {.bits = 2, .group = 2},
      {Tensor::of<float>({4}, {1, 2, 3, 4}), Tensor::of<float>({4}, {0, 1, 2, 3})}};
  const quant::Rows rows =
      quant::rows_of_group("t", weight, Tensor::zeros({1, 4, 4}, core::DType::f64), 0);
  CHECK(quant::quantiser_of_column(weight, rows, 1).scale.values() == std::vector<double>{1, 3});
  CHECK(quant::quantiser_of_column(weight, rows, 2).zero.values() == std::vector<double>{1, 3});
  CHECK(quant::quantiser_of_row(weight, 1).scale.values() == std::vector<double>{3, 4});
  // a warp with a row an entry goes along, one for all stays
  weight.q.warp = Tensor::of<float>({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(quant::quantiser_of_column(weight, rows, 2).warp.values() ==
        std::vector<double>{2, 3, 6, 7});
  CHECK(quant::quantiser_of_row(weight, 0).warp.values() == std::vector<double>{0, 1, 2, 3});
  weight.q.warp = Tensor::full({1}, 0.5);
  CHECK(quant::quantiser_of_row(weight, 0).warp.numel() == 1);
  weight.grid = {.bits = 2, .per_channel = false};
  weight.q = {Tensor::full({1}, 5), Tensor::full({1}, 1)};
  CHECK(quant::quantiser_of_row(weight, 1).scale.values() == std::vector<double>{5});
  CHECK(quant::quantiser_of_column(weight, rows, 3).scale.values() == std::vector<double>{5, 5});
}

TEST_CASE("groups of inputs belong to consecutive outputs, and moments must fit") {
  const auto weight = quant_test::weight_on({6, 4}, {.bits = 3});
  const Tensor two = Tensor::zeros({2, 4, 4}, core::DType::f64);
  const quant::Rows rows = quant::rows_of_group("t", weight, two, 1);
  CHECK(rows.begin == 3);
  CHECK(rows.count == 3);
  CHECK_THROWS_AS(quant::rows_of_group("t", weight, Tensor::zeros({1, 5, 5}, core::DType::f64), 0),
                  core::ShapeError);
}

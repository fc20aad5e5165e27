#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "quant/scale/search.h"
#include "tests/quant/solver/cases.h"

using core::Tensor;
using quant::Grid;
using quant::Scale;
using quant_test::make;

namespace {

double error(const Tensor& w, const quant::QParams& q, const Grid& grid, const Tensor& h) {
  return quant_test::output_error({w, grid, q}, quant::quantise_codes(w, q, grid), h);
}

}  // namespace

TEST_CASE("output_mse takes for each channel the candidate with the least error of its output") {
  const Tensor w = core::Rng(3).normal({3, 8}, 0, 0.3), h = quant_test::correlated(8, 60);
  const Grid grid{.bits = 2};
  const auto strategy = make<Scale>("output_mse", {{"candidates", 10}});
  const quant::QParams q = strategy->on_inputs(w, grid, h);
  for (std::int64_t r = 0; r < 3; ++r) {
    const Tensor row = w.rows(r, 1);
    const quant::QParams own{q.scale.rows(r, 1), q.zero.rows(r, 1)};
    double least = 1e9;
    for (int i = 1; i <= 10; ++i) {
      std::vector<quant::Range> range = quant::ranges_of(row, grid);
      range[0] = {range[0].lo * i / 10, range[0].hi * i / 10};
      least = std::min(least, error(row, quant::qparams_of(range, grid), grid, h));
    }
    CHECK(error(row, own, grid, h) == doctest::Approx(least).epsilon(1e-4));
  }
}

TEST_CASE(
    "output_mse takes one range for a tensor-wide grid and keeps the full one above its bits") {
  const Tensor w = core::Rng(3).normal({3, 8}, 0, 0.3), h = quant_test::correlated(8, 60);
  const auto strategy = make<Scale>("output_mse");
  const auto minmax = make<Scale>("minmax");
  const Grid whole{.bits = 2, .per_channel = false};
  const quant::QParams q = strategy->on_inputs(w, whole, h);
  CHECK(q.scale.numel() == 1);
  CHECK(error(w, q, whole, h) <= error(w, (*minmax)(w, whole), whole, h));
  CHECK(strategy->on_inputs(w, {.bits = 5}, h).scale.values() ==
        (*minmax)(w, {.bits = 5}).scale.values());
  CHECK((*strategy)(w, {.bits = 2}).scale.values() == (*minmax)(w, {.bits = 2}).scale.values());
}

TEST_CASE("output_mse is of weights and of evenly spaced channels alone") {
  const auto refused = [](quant_test::Keys keys, const char* why) {
    CHECK_THROWS_WITH_AS(quant_test::recipe(keys), doctest::Contains(why), core::ConfigError);
  };
  refused({{"quant.act.scale", "output_mse"}}, "inputs of a layer");
  refused({{"quant.weight.scale", "output_mse"}, {"quant.weight.grid", "power"}},
          "evenly spaced levels");
  refused({{"quant.weight.scale", "output_mse"}, {"quant.weight.group", 32}}, "whole channels");
}

TEST_CASE("with output_mse the layers of a network have a smaller error than with minmax") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(16, 8, 3);
  core::Monitor monitor;
  const auto total = [&](const char* scale) {
    const quant::Recipe recipe = quant_test::recipe({{"quant.weight.bits", 3},
                                                     {"quant.weight.scale", scale},
                                                     {"learn.granularity", "layer"},
                                                     {"learn.iters", 0},
                                                     {"learn_act.iters", 0}});
    double sum = 0;
    for (const quant::UnitLog& log :
         quant::quantise(*model, x, recipe, core::Rng(1), monitor).units)
      sum += log.loss_hard;
    return sum;
  };
  CHECK(total("output_mse") < 0.8 * total("minmax"));
}

#include "quant/streaming.h"

#include <doctest/doctest.h>

#include "core/kernels/map.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("running in pieces gives the rows of running at once, for any number of samples") {
  nn::EvalPass plain;
  const quant::Run run = [](const Variable& x, nn::Pass&) {
    return Variable(core::affine(x.value(), 2.0, 1.0));
  };
  for (const std::int64_t rows : {1, 63, 64, 65, 200}) {
    const Tensor x = core::Rng(1).normal({rows, 3}, 0, 1);
    CHECK(support::same_bits(quant::run_rows(run, x, plain), core::affine(x, 2.0, 1.0)));
  }
  CHECK_THROWS_AS(quant::run_rows(run, Tensor::zeros({0, 3}), plain), core::ShapeError);
}

TEST_CASE("captured inputs of layers are those that the layers' own runs need") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto stages = model->stages();
  const nn::Stage& block = stages[4];
  nn::EvalPass plain;
  const Tensor x = core::Rng(1).normal({70, 8, 8, 16}, 0, 1);
  const auto rows =
      quant::capture_rows(block.run, x, plain, {block.layers[0].path, block.layers[1].path});
  CHECK(support::same_bits(rows.inputs[0], x));
  const Tensor inner = quant::run_rows(block.layers[0].run, rows.inputs[0], plain);
  CHECK(support::same_bits(rows.inputs[1], inner));
  CHECK(support::same_bits(rows.y, quant::run_rows(block.run, x, plain)));
}

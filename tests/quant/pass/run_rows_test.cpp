#include "quant/pass/run_rows.h"

#include <doctest/doctest.h>

#include "core/kernels/map.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"
#include "tests/support/temp_dir.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("running in pieces gives the rows of running at once, for any number of samples") {
  nn::EvalPass plain;
  const nn::Forward run = [](const Variable& x, nn::Pass&) {
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
      quant::capture_rows(block.run, x, plain, {{block.layers[0].path, block.layers[1].path}});
  CHECK(rows.inputs[0].is_same(x));  // not a copy
  const Tensor inner = quant::run_rows(block.layers[0].run, rows.inputs[0], plain);
  CHECK(support::same_bits(rows.inputs[1], inner));
  CHECK(support::same_bits(rows.y, quant::run_rows(block.run, x, plain)));
  const auto without = quant::capture_rows(block.run, x, plain,
                                           {{block.layers[0].path, block.layers[1].path}, false});
  CHECK(support::same_bits(without.inputs[1], inner));
  CHECK(without.y.numel() == 0);
}

TEST_CASE("running in place of the input gives the same rows, and copies only what others hold") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto stages = model->stages();
  nn::EvalPass plain;
  for (const std::size_t stage : {std::size_t{1}, std::size_t{4}}) {  // shapes that stay and change
    const std::int64_t channels = 16;
    for (const std::int64_t rows : {64, 150}) {
      const Tensor x = core::Rng(1).normal({rows, 8, 8, channels}, 0, 1);
      const Tensor expected = quant::run_rows(stages[stage].run, x, plain);
      CHECK(support::same_bits(quant::run_rows_over(stages[stage].run, x, plain), expected));
      Tensor own = core::Rng(1).normal({rows, 8, 8, channels}, 0, 1);
      CHECK(support::same_bits(own, x));  // the shared one was not written over
      const std::byte* memory = own.raw();
      const Tensor y = quant::run_rows_over(stages[stage].run, std::move(own), plain);
      CHECK(support::same_bits(y, expected));
      CHECK((y.raw() == memory) == (stage == 1));
    }
  }
}

TEST_CASE("rows that memory has no room for are the same in a file") {
  const support::TempDir dir("streaming");
  const core::Scratch files({.limit = 1, .folder = dir.path()});
  const auto model = quant_test::model("resnet20", 16, 3);
  const auto stages = model->stages();
  nn::EvalPass plain;
  const Tensor x = core::Rng(1).normal({150, 16, 16, 16}, 0, 1);
  const Tensor expected = quant::run_rows(stages[1].run, x, plain);
  Tensor y = quant::run_rows(stages[1].run, x, plain, files);
  CHECK(y.is_in_file());
  CHECK(support::same_bits(y, expected));
  const Tensor next = quant::run_rows(stages[2].run, expected, plain);
  y = quant::run_rows_over(stages[2].run, std::move(y), plain, files);
  CHECK(y.is_in_file());
  CHECK(support::same_bits(y, next));
}

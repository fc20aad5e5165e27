#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/codebooks.h"

using core::Tensor;
using quant_test::on_codebook;

TEST_CASE("clusters are found, in steps of the weight") {
  const Tensor w = Tensor::of<float>({1, 8}, {-1.0f, -1.1f, -0.2f, -0.3f, 0.4f, 0.5f, 0.9f, 0.8f});
  const auto q = on_codebook("kmeans", w, 2, false);
  const Tensor y = quant::fake_quantise(q.w, q.q, q.grid);
  const std::vector<double> expected{-1.05, -1.05, -0.25, -0.25, 0.45, 0.45, 0.85, 0.85};
  for (std::int64_t i = 0; i < 8; ++i)
    CHECK(y.at(i) == doctest::Approx(expected[static_cast<std::size_t>(i)]));
}

TEST_CASE(
    "a codebook an entry has less error than one for the tensor, and both less than even codes") {
  Tensor w = core::Rng(1).normal({6, 120}, 0, 1);
  for (std::size_t i = 0; i < 360; ++i) w.writable<float>()[i] *= w.writable<float>()[i];
  const auto tensor = on_codebook("kmeans", w, 3),
             entry = on_codebook("kmeans", w, 3, true, {{"of", "entry"}});
  CHECK(entry.q.warp.shape() == core::Shape{6, 8});
  CHECK(tensor.q.warp.shape() == core::Shape{8});
  quant::QuantisedWeight even = tensor;
  even.grid.levels = nullptr;
  CHECK(quant_test::squared_error(entry) < quant_test::squared_error(tensor));
  CHECK(quant_test::squared_error(tensor) < quant_test::squared_error(even));
}

TEST_CASE("weights that matter more pull the levels to themselves") {
  const Tensor w = Tensor::of<float>({1, 8}, {-2, -1.9f, 0, 0.1f, 1, 1.2f, 3, 3.1f});
  const auto grid_of = quant_test::make<quant::WeightGrid>("kmeans", {{"importance", "fisher"}});
  CHECK(grid_of->importance() == quant::ErrorWeight::fisher);
  const quant::Grid grid{
      .bits = 2, .symmetric = true, .per_channel = false, .levels = grid_of->levels()};
  std::vector<quant::QuantisedWeight> weights{
      {w, grid, (*quant_test::make<quant::Scale>("minmax"))(w, grid)}};
  const std::vector<Tensor> counts{Tensor::of<double>({1, 8}, {1, 1, 1, 1, 1, 9, 1, 1})};
  grid_of->fit(weights, counts);
  const Tensor y = quant::fake_quantise(w, weights[0].q, grid);
  CHECK(y.at(4) == doctest::Approx(1.18));
  CHECK(y.at(6) == doctest::Approx(3.05));
  CHECK_THROWS_AS(grid_of->fit(weights), core::ShapeError);  // without importance
}

TEST_CASE("a whole network stands on weighted codebooks") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(4, 8, 1);
  for (const char* importance : {"none", "fisher", "moments"}) {
    const auto recipe = quant_test::recipe(
        {{"quant.weight.grid", quant_test::tree({{"name", "kmeans"}, {"importance", importance}})},
         {"quant.weight.bits", 3},
         {"learn.codebook.on", true},
         {"learn.iters", 3},
         {"learn.batch", 2}});
    core::Monitor monitor;
    const auto q = quant::quantise(*model, x, recipe, core::Rng(1), monitor);
    CHECK(q.status == "ok");
    int even = 0;
    for (const auto& [path, baked] : q.weights) {
      even += baked.original.grid.levels == nullptr;
      if (baked.original.grid.levels) CHECK(baked.original.q.warp.numel() == 8);
    }
    CHECK(even == 2);  // first and last layer, 8 bit
  }
}

#include "quant/walk/along_layers.h"

#include <doctest/doctest.h>

#include "nn/layers/conv2d.h"
#include "nn/layers/linear.h"
#include "tests/quant/helpers.h"

using core::Tensor;

TEST_CASE("the mean window times a weight is the mean of the layer's output") {
  core::Rng rng(5);
  for (const int groups : {1, 2}) {
    nn::Conv2d layer(4, 6, 3, {.stride = {2, 1}, .pad = {1, 1}, .groups = groups});
    layer.weight.value = rng.normal(layer.weight.value.shape(), 0, 1);
    const Tensor x = rng.normal({70, 5, 6, 4}, 0.5, 1);
    const Tensor mean = quant::mean_window(layer, x);
    const std::vector<double> means = quant::row_products(layer.weight.value, mean);
    const Tensor y = layer.product(x, core::Precision::f32);
    std::vector<double> expected(6, 0.0);
    for (std::int64_t i = 0; i < y.numel(); ++i)
      expected[static_cast<std::size_t>(i % 6)] += y.at(i) / static_cast<double>(y.numel() / 6);
    for (std::size_t o = 0; o < 6; ++o)
      CHECK(means[o] == doctest::Approx(expected[o]).epsilon(1e-4));
  }
  const nn::Linear head(2, 3);
  const Tensor mean = quant::mean_window(head, Tensor::of<float>({2, 2}, {1, 2, 3, 6}));
  CHECK(mean.values() == std::vector<double>{2, 4, 2, 4, 2, 4});
}

TEST_CASE("layers come in order, and later ones see what was done to earlier ones") {
  const auto model = quant_test::model("resnet20", 8, 3);
  core::Monitor monitor;
  const quant::Recipe recipe = quant_test::recipe({{"quant.weight.bits", 8}, {"learn.iters", 0}});
  const Tensor x = quant_test::images(4, 8, 3);
  quant::Quantised out = quant::quantise(*model, x, recipe, core::Rng(1), monitor);
  std::vector<std::string> paths;
  quant::along_layers(out, x, {}, [&](const quant::LayerInputs& in) {
    paths.push_back(in.layer->path());
    CHECK(in.x_float.shape() == in.x_quant.shape());
    if (paths.size() == 1)  // silences the network behind the stem
      out.pass->set_parameter("conv1.bias", autograd::Variable(Tensor::full({16}, -1e6)));
    if (paths.size() == 2) {
      CHECK(support::relative_difference(in.x_quant, in.x_float) > 0.5);
      for (const double v : in.x_quant.values()) CHECK(v == 0);
    }
  });
  REQUIRE(paths.size() == 20);
  CHECK(paths[0] == "conv1");
  CHECK(paths[2] == "layer1.0.conv2");
  CHECK(paths[19] == "linear");
}

#include "quant/moments/mean_window.h"

#include <doctest/doctest.h>

#include "core/rng.h"
#include "nn/layers/conv2d.h"
#include "nn/layers/linear.h"

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

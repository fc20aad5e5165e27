#include "quant/moments/second_moments.h"

#include <doctest/doctest.h>

#include "nn/layers/conv2d.h"
#include "nn/layers/linear.h"
#include "quant/moments/gram.h"
#include "tests/quant/helpers.h"

using core::Tensor;

TEST_CASE("second moments of a linear layer are the mean of x xT") {
  const nn::Linear layer(2, 3);
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, -4});
  const std::vector<double> mean = quant::second_moments(layer, x).values();
  CHECK(mean == std::vector<double>{5, -5, -5, 10});
}

TEST_CASE("second moments of a convolution are those of the gram engine, group by group") {
  core::Rng rng(3);
  for (const int groups : {1, 2}) {
    nn::Conv2d layer(4, 6, 3, {.stride = {2, 2}, .pad = {1, 1}, .groups = groups});
    layer.weight.value = rng.normal(layer.weight.value.shape(), 0, 1);
    const Tensor x = rng.normal({5, 7, 6, 4}, 0, 1);
    const Tensor h = quant::second_moments(layer, x);
    CHECK(h.dtype() == core::DType::f64);
    CHECK(h.shape() == core::Shape{groups, 36 / groups, 36 / groups});
    CHECK(support::relative_difference(h.to(core::DType::f32), quant::gram_moments(layer, x, x).a) <
          1e-6);
  }
}

TEST_CASE("second moments refuse an empty input") {
  const nn::Linear layer(2, 3);
  CHECK_THROWS_AS(quant::second_moments(layer, Tensor::zeros({0, 2})), core::ShapeError);
}

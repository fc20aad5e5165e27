#include "nn/layers/layer_norm.h"

#include "nn/norm_eps.h"
#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("layer norm has zero mean and unit variance in each row, but for its eps") {
  nn::LayerNorm layer(2, nn::kLnEps);
  RecordingPass pass;
  const Tensor y =
      layer.forward(Variable(Tensor::of<float>({2, 2}, {1, 3, 0, 0.002f})), pass).value();
  CHECK(y.at(0) == doctest::Approx(-1).epsilon(1e-5));
  CHECK(y.at(3) == doctest::Approx(0.001 / std::sqrt(1e-6 + 1e-6)).epsilon(1e-4));
  CHECK(pass.calls.back() == "output ");
  layer.eps = 1e-3;
  const Tensor wide = layer.forward(Variable(Tensor::of<float>({1, 2}, {0, 0.002f})), pass).value();
  CHECK(wide.at(1) == doctest::Approx(0.001 / std::sqrt(1e-6 + 1e-3)).epsilon(1e-4));
}

TEST_CASE("layer norm has the right gradients") {
  check_gradients(nn::LayerNorm(4, nn::kLnEps), random({2, 3, 4}, 1, core::DType::f64));
}

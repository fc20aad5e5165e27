#include "nn/layers/layer_norm.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("layer norm has zero mean and unit variance in each row, with eps 1e-6") {
  nn::LayerNorm layer(2);
  RecordingPass pass;
  const Tensor y =
      layer.forward(Variable(Tensor::of<float>({2, 2}, {1, 3, 0, 0.002f})), pass).value();
  CHECK(y.at(0) == doctest::Approx(-1).epsilon(1e-5));
  CHECK(y.at(3) == doctest::Approx(0.001 / std::sqrt(1e-6 + 1e-6)).epsilon(1e-4));
  CHECK(pass.calls.back() == "output ");
}

TEST_CASE("layer norm has the right gradients") {
  check_gradients(nn::LayerNorm(4), random({2, 3, 4}, 1, core::DType::f64));
}

#include "nn/layers/linear.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("a linear layer is x wT + b over the last axis") {
  nn::Linear layer(2, 3);
  layer.weight.value = Tensor::of<float>({3, 2}, {1, 0, 0, 1, 1, 1});
  layer.bias->value = Tensor::of<float>({3}, {0, 10, 0});
  RecordingPass pass;
  const Tensor y = layer.forward(Variable(Tensor::of<float>({1, 1, 2}, {3, 4})), pass).value();
  CHECK(y.shape() == core::Shape{1, 1, 3});
  CHECK(y.values() == std::vector<double>{3, 14, 7});
  CHECK(pass.calls.front() == "input  0");
  CHECK(pass.calls.back() == "output ");
}

TEST_CASE("a linear layer has the right gradients") {
  check_gradients(nn::Linear(3, 4), random({2, 1, 3}, 1, core::DType::f64));
}

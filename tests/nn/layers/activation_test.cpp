#include "nn/layers/activation.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("activations run their output hook and have no parameters") {
  nn::Relu relu;
  nn::Gelu gelu;
  RecordingPass pass;
  const Variable x(Tensor::of<float>({3}, {-1, 0, 2})), y(Tensor::of<float>({3}, {3, -1, 1}));
  CHECK(relu.forward(x, pass).value().values() == std::vector<double>{0, 0, 2});
  CHECK(relu.forward_sum(x, y, pass).value().values() == std::vector<double>{2, 0, 3});
  CHECK(gelu.forward(x, pass).value().at(2) == doctest::Approx(1.9544997));
  CHECK(pass.calls == std::vector<std::string>(3, "output "));
  CHECK(nn::parameters(relu).empty());
}

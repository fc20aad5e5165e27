#include "nn/layers/matmul.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("both operands of a product pass the input hook") {
  const nn::MatMul plain(false), transposed(true);
  RecordingPass pass;
  const Variable a(Tensor::of<float>({1, 1, 2}, {1, 2})),
      b(Tensor::of<float>({1, 2, 2}, {1, 2, 3, 4}));
  CHECK(plain.forward(a, b, pass).value().values() == std::vector<double>{7, 10});
  CHECK(transposed.forward(a, b, pass).value().values() == std::vector<double>{5, 11});
  CHECK(pass.calls[0] == "input  0");
  CHECK(pass.calls[1] == "input  1");
  CHECK(pass.calls[2] == "output ");
}

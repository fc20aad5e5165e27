#include "nn/layers/mlp.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("the MLP has the right gradients and timm's names") {
  nn::Mlp mlp(2, 3, 0.0);
  nn::bind_paths(mlp);
  CHECK(nn::parameters(mlp)[0]->path == "fc1.weight");
  CHECK(nn::parameters(mlp)[2]->path == "fc2.weight");
  check_gradients(mlp, random({2, 2, 2}, 1, core::DType::f64));
}

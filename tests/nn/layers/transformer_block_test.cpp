#include "nn/layers/transformer_block.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("a transformer block has the right gradients") {
  check_gradients(nn::TransformerBlock({.dim = 4, .heads = 2, .mlp_ratio = 2}),
                  random({1, 3, 4}, 1, core::DType::f64));
}

TEST_CASE("a block with silent branches is the identity") {
  nn::TransformerBlock block({.dim = 4, .heads = 1});  // all weights are zero before initialisation
  nn::EvalPass pass;
  const Tensor x = random({2, 3, 4}, 1);
  CHECK(support::same_bits(block.forward(Variable(x), pass).value(), x));
}

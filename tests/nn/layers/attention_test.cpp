#include "nn/layers/attention.h"

#include <cmath>

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("attention has the right gradients") {
  check_gradients(nn::Attention(4, 2, 0.0), random({2, 3, 4}, 1, core::DType::f64));
}

TEST_CASE("one head over two tokens, by hand") {
  nn::Attention attention(1, 1, 0.0);
  attention.qkv.weight.value = Tensor::of<float>({3, 1}, {1, 1, 10});  // q = k = x, v = 10 x
  attention.proj.weight.value = Tensor::of<float>({1, 1}, {1});
  nn::EvalPass pass;
  const Tensor y = attention.forward(Variable(Tensor::of<float>({1, 2, 1}, {1, 2})), pass).value();
  const double p = 1 / (1 + std::exp(1.0));  // token 1: scores 1 and 2
  CHECK(y.at(0) == doctest::Approx(p * 10 + (1 - p) * 20));
}

TEST_CASE("the sites of attention are qkv, both products and proj, operands in order") {
  nn::Attention attention(4, 2, 0.0);
  nn::bind_paths(attention);
  RecordingPass pass;
  attention.forward(Variable(random({1, 3, 4}, 1)), pass);
  std::vector<std::string> sites;
  for (const std::string& call : pass.calls) {
    if (!call.starts_with("parameter")) sites.push_back(call);
  }
  CHECK(sites == std::vector<std::string>{"input qkv 0", "output qkv", "input qk 0", "input qk 1",
                                          "output qk", "input av 0", "input av 1", "output av",
                                          "input proj 0", "output proj"});
  CHECK_THROWS_AS(nn::Attention(5, 2, 0.0), core::ShapeError);
}

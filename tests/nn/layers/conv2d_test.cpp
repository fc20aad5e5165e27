#include "nn/layers/conv2d.h"

#include "autograd/ops/conv2d.h"
#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("a convolution layer has the right gradients") {
  check_gradients(nn::Conv2d(2, 3, 3, {.stride = {2, 1}, .pad = {1, 0}}, true),
                  random({2, 5, 4, 2}, 1, core::DType::f64));
}

TEST_CASE("a convolution runs its input, parameter and output hooks") {
  nn::Conv2d conv(2, 3, 1, {}, true);
  nn::bind_paths(conv);
  RecordingPass pass;
  conv.forward(Variable(random({1, 2, 2, 2}, 1)), pass);
  CHECK(pass.calls.front() == "input  0");
  CHECK(pass.calls.back() == "output ");
  CHECK(std::count(pass.calls.begin(), pass.calls.end(), "parameter weight") == 1);
  CHECK(std::count(pass.calls.begin(), pass.calls.end(), "parameter bias") == 1);
  CHECK(pass.calls.size() == 4);
}

TEST_CASE("absorbing a scale and a shift is applying them to the output") {
  for (const bool with_bias : {false, true}) {
    nn::Conv2d conv(2, 3, 3, {.pad = {1, 1}}, with_bias);
    nn::bind_paths(conv);
    conv.weight.value = random({3, 2, 3, 3}, 1);
    if (with_bias) conv.bias->value = random({3}, 2);
    const Tensor x = random({2, 4, 5, 2}, 3);
    nn::EvalPass pass;
    Tensor expected = conv.forward(Variable(x), pass).value();
    const Tensor scale = Tensor::of<double>({3}, {2.0, -0.5, 1.0}),
                 shift = Tensor::of<double>({3}, {0.0, 1.0, -3.0});
    const auto y = expected.writable<float>();
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = static_cast<float>(y[i] * scale.at(static_cast<std::int64_t>(i % 3)) +
                                shift.at(static_cast<std::int64_t>(i % 3)));
    }
    conv.absorb(scale, shift);
    REQUIRE(conv.bias.has_value());
    CHECK(conv.bias->path == "bias");
    CHECK(support::relative_difference(conv.forward(Variable(x), pass).value(), expected) < kF32);
  }
}

TEST_CASE("groups must divide the channels, scales must fit the outputs") {
  CHECK_THROWS_AS(nn::Conv2d(3, 4, 1, {.groups = 2}), core::ShapeError);
  nn::Conv2d conv(2, 3, 1);
  CHECK_THROWS_AS(
      conv.absorb(Tensor::zeros({2}, core::DType::f64), Tensor::zeros({3}, core::DType::f64)),
      core::ShapeError);
}

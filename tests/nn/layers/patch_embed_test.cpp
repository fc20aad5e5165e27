#include "nn/layers/patch_embed.h"

#include "autograd/ops/conv2d.h"
#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("patch embedding equals the strided convolution that its weight is stored as") {
  nn::PatchEmbed embed(3, 2, 5);
  nn::bind_paths(embed);
  embed.proj.weight.value = random({5, 3, 2, 2}, 1);
  embed.proj.bias->value = random({5}, 2);
  const Variable x(random({2, 4, 6, 3}, 3));
  RecordingPass pass;
  const Tensor y = embed.forward(x, pass).value();
  const Tensor expected = autograd::conv2d(x, Variable(embed.proj.weight.value),
                                           Variable(embed.proj.bias->value), {.stride = {2, 2}})
                              .value();
  CHECK(y.shape() == core::Shape{2, 6, 5});
  CHECK(support::relative_difference(y.reshape(expected.shape()), expected) < kF32);
  CHECK(pass.calls.front() == "input proj 0");
  CHECK(pass.calls.back() == "output proj");
}

TEST_CASE("patch embedding has the right gradients") {
  check_gradients(nn::PatchEmbed(2, 2, 3), random({1, 2, 4, 2}, 1, core::DType::f64));
}

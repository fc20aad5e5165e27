#include "nn/layers/weighted.h"

#include "nn/layers/conv2d.h"
#include "nn/layers/linear.h"
#include "tests/nn/support.h"

TEST_CASE(
    "convolutions and linear layers are Weighted, with outputs as first axis and an optional "
    "bias") {
  nn::Conv2d conv(4, 6, 3, {.groups = 2});
  nn::Linear linear(4, 6);
  CHECK(conv.weight.value.shape() == core::Shape{6, 2, 3, 3});
  CHECK_FALSE(conv.bias.has_value());
  CHECK(linear.weight.value.shape() == core::Shape{6, 4});
  CHECK(linear.bias->value.shape() == core::Shape{6});
  nn::bind_paths(linear);
  CHECK(nn::parameters(conv).size() == 1);
  CHECK(nn::parameters(linear)[1]->path == "bias");
  for (nn::Module* m : std::initializer_list<nn::Module*>{&conv, &linear})
    CHECK(dynamic_cast<nn::Weighted*>(m));
}

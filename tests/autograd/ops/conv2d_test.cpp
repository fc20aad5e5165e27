#include "autograd/ops/conv2d.h"

#include "autograd/ops/relu.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("conv2d gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"3x3 padded, not square",
       {{2, 4, 5, 3}, {4, 3, 3, 3}, {4}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.pad = {1, 1}});
       }},
      {"without bias",
       {{1, 4, 5, 3}, {4, 3, 3, 3}},
       [](Variables in) { return conv2d(in[0], in[1], std::nullopt, {}); }},
      {"stride 2",
       {{2, 5, 6, 2}, {3, 2, 3, 3}, {3}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.stride = {2, 2}, .pad = {1, 1}});
       }},
      {"1x1 stride 2",
       {{2, 4, 5, 3}, {4, 3, 1, 1}},
       [](Variables in) {
         return conv2d(in[0], in[1], std::nullopt, {.stride = {2, 2}});
       }},
      {"dilated, uneven",
       {{1, 6, 7, 2}, {2, 2, 3, 2}, {2}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.stride = {1, 2}, .pad = {2, 1}, .dilation = {2, 1}});
       }},
      {"groups",
       {{2, 4, 3, 4}, {6, 2, 3, 3}, {6}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.pad = {1, 1}, .groups = 2});
       }},
      {"depthwise",
       {{2, 4, 3, 4}, {4, 1, 3, 3}, {4}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.pad = {1, 1}, .groups = 4});
       }},
      {"relu epilogue",
       {{2, 4, 5, 3}, {4, 3, 3, 3}, {4}},
       [](Variables in) {
         return conv2d(in[0], in[1], in[2], {.pad = {1, 1}, .relu = true});
       }},
      {"relu epilogue without bias",
       {{2, 4, 5, 3}, {4, 3, 3, 3}},
       [](Variables in) { return conv2d(in[0], in[1], std::nullopt, {.relu = true}); }},
      {"one channel, one pixel",
       {{1, 1, 1, 1}, {1, 1, 1, 1}, {1}},
       [](Variables in) { return conv2d(in[0], in[1], in[2], {}); }},
  };
  support::check_ops(table);
}

TEST_CASE("the relu epilogue equals relu after the convolution") {
  const OpCase fused{"relu", {{2, 5, 4, 3}, {4, 3, 3, 3}, {4}}, [](Variables in) {
                       return conv2d(in[0], in[1], in[2], {.pad = {1, 1}, .relu = true});
                     }};
  const OpCase apart{"relu", fused.inputs, [](Variables in) {
                       return relu(conv2d(in[0], in[1], in[2], {.pad = {1, 1}}));
                     }};
  const std::vector<core::Tensor> inputs = support::draw_inputs(fused);
  const core::Tensor dy = support::draw_cotangent(fused, inputs);
  const support::OpRun a = support::run_case(fused, inputs, dy, core::DType::f32);
  const support::OpRun b = support::run_case(apart, inputs, dy, core::DType::f32);
  CHECK(support::relative_difference(a.y, b.y) < 1e-6);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(support::relative_difference(a.grads[i], b.grads[i]) < 1e-5);
}

TEST_CASE("conv2d in bf16 stays within the rounding of its operands, forward and backward") {
  const OpCase exact{"bf16", {{2, 6, 5, 8}, {8, 8, 3, 3}, {8}}, [](Variables in) {
                       return conv2d(in[0], in[1], in[2], {.pad = {1, 1}});
                     }};
  const OpCase rounded{
      "bf16", {{2, 6, 5, 8}, {8, 8, 3, 3}, {8}}, [](Variables in) {
        return conv2d(in[0], in[1], in[2], {.pad = {1, 1}, .precision = core::Precision::bf16});
      }};
  const std::vector<core::Tensor> inputs = support::draw_inputs(exact);
  const core::Tensor dy = support::draw_cotangent(exact, inputs);
  const support::OpRun a = support::run_case(rounded, inputs, dy, core::DType::f32);
  const support::OpRun b = support::run_case(exact, inputs, dy, core::DType::f32);
  // bf16 has 8 significant bits: a relative error of 2^-9 an operand
  CHECK(support::relative_difference(a.y, b.y) < 0.01);
  CHECK(support::relative_difference(a.y, b.y) > 0);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK(support::relative_difference(a.grads[i], b.grads[i]) < 0.01);
  }
}

#include "autograd/ops/linear.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("linear gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"without bias", {{3, 4}, {5, 4}}, [](Variables in) { return linear(in[0], in[1]); }},
      {"with bias",
       {{3, 4}, {5, 4}, {5}},
       [](Variables in) { return linear(in[0], in[1], in[2]); }},
      {"tokens",
       {{2, 3, 4}, {5, 4}, {5}},
       [](Variables in) { return linear(in[0], in[1], in[2]); }},
      {"one output, one row",
       {{1, 4}, {1, 4}, {1}},
       [](Variables in) { return linear(in[0], in[1], in[2]); }},
  };
  support::check_ops(table);
}

TEST_CASE("linear in bf16 stays within the rounding of its operands, forward and backward") {
  const OpCase exact{
      "bf16", {{6, 8}, {5, 8}, {5}}, [](Variables in) { return linear(in[0], in[1], in[2]); }};
  const OpCase rounded{"bf16", {{6, 8}, {5, 8}, {5}}, [](Variables in) {
                         return linear(in[0], in[1], in[2], core::Precision::bf16);
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

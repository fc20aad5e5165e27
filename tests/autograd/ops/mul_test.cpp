#include "autograd/ops/mul.h"

#include "tests/support/op_case.h"
#include "tests/support/rounds_once.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("mul gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"same shape", {{3, 5}, {3, 5}}, [](Variables in) { return mul(in[0], in[1]); }},
      {"row and column", {{3, 1}, {1, 5}}, [](Variables in) { return mul(in[0], in[1]); }},
      {"fewer axes", {{2, 3, 4}, {4}}, [](Variables in) { return mul(in[0], in[1]); }},
      {"scalar", {{2, 3}, {}}, [](Variables in) { return mul(in[0], in[1]); }},
      {"middle axis of one",
       {{2, 1, 4}, {2, 3, 4}},
       [](Variables in) { return mul(in[0], in[1]); }},
      {"both operands the same", {{3, 2}}, [](Variables in) { return mul(in[0], in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("mul names itself when shapes do not broadcast") {
  const Variable a(core::Tensor::zeros({2, 3})), b(core::Tensor::zeros({2, 4}));
  CHECK_THROWS_AS(mul(a, b), core::ShapeError);
}

TEST_CASE("mul sums the bf16 gradients of a stretched operand before it rounds them") {
  support::check_rounds_once(
      "mul", [](Variables in) { return mul(in[0], in[1]); }, -2);
}

#include "autograd/ops/sigmoid.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("sigmoid gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix", .inputs = {{3, 5}}, .make = [](Variables in) { return sigmoid(in[0]); }},
      {.name = "size-1 axis",
       .inputs = {{2, 1, 7}},
       .make = [](Variables in) { return sigmoid(in[0]); }},
      {.name = "scalar", .inputs = {{}}, .make = [](Variables in) { return sigmoid(in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("sigmoid saturates without overflow") {
  const Variable y = sigmoid(Variable(core::Tensor::of<float>({3}, {-1000, 0, 1000})));
  CHECK(y.value().values() == std::vector<double>{0, 0.5, 1});
}

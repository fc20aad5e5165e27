#include "autograd/ops/abs_pow.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("abs pow gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"absolute value", {{3, 5}}, [](Variables in) { return abs_pow(in[0], 1.0); }},
      {"square", {{2, 1, 4}}, [](Variables in) { return abs_pow(in[0], 2.0); }},
      {"2.4", {{3, 4}}, [](Variables in) { return abs_pow(in[0], 2.4); }},
      {.name = "square root",
       .inputs = {{3, 4}},
       .make = [](Variables in) { return abs_pow(in[0], 0.5); },
       .low = 0.2,
       .high = 2},
  };
  support::check_ops(table);
}

TEST_CASE("abs_pow has value and gradient 0 at 0 for p >= 1") {
  for (const double p : {1.0, 1.5, 2.0, 2.4}) {
    const Variable x(core::Tensor::zeros({1}), true);
    const Variable y = abs_pow(x, p);
    const std::vector<Variable> wrt{x};
    CHECK(y.value().item() == 0);
    CHECK(gradients(y, wrt)[0].item() == 0);
  }
  CHECK_THROWS_AS(abs_pow(Variable(core::Tensor::zeros({1})), 0.0), core::ShapeError);
}

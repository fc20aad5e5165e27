#include "autograd/ops/log.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("log gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix",
       .inputs = {{3, 5}},
       .make = [](Variables in) { return log(in[0]); },
       .low = 0.5,
       .high = 3},
      {.name = "size-1 axis",
       .inputs = {{2, 1, 7}},
       .make = [](Variables in) { return log(in[0]); },
       .low = 0.5,
       .high = 3},
      {.name = "scalar",
       .inputs = {{}},
       .make = [](Variables in) { return log(in[0]); },
       .low = 0.5,
       .high = 3},
  };
  support::check_ops(table);
}

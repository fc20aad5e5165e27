#include "autograd/ops/gelu.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("gelu gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix", .inputs = {{3, 5}}, .make = [](Variables in) { return gelu(in[0]); }},
      {.name = "size-1 axis",
       .inputs = {{2, 1, 7}},
       .make = [](Variables in) { return gelu(in[0]); }},
      {.name = "scalar", .inputs = {{}}, .make = [](Variables in) { return gelu(in[0]); }},
  };
  support::check_ops(table);
}

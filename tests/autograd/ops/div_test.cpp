#include "autograd/ops/div.h"

#include "tests/support/op_case.h"
#include "tests/support/rounds_once.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("div gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "same shape",
       .inputs = {{3, 5}, {3, 5}},
       .make = [](Variables in) { return div(in[0], in[1]); },
       .low = 0.5,
       .high = 2},
      {.name = "row and column",
       .inputs = {{3, 1}, {1, 5}},
       .make = [](Variables in) { return div(in[0], in[1]); },
       .low = 0.5,
       .high = 2},
      {.name = "fewer axes",
       .inputs = {{2, 3, 4}, {4}},
       .make = [](Variables in) { return div(in[0], in[1]); },
       .low = 0.5,
       .high = 2},
      {.name = "scalar",
       .inputs = {{2, 3}, {}},
       .make = [](Variables in) { return div(in[0], in[1]); },
       .low = 0.5,
       .high = 2},
  };
  support::check_ops(table);
}

TEST_CASE("div sums the bf16 gradients of a stretched operand before it rounds them") {
  support::check_rounds_once(
      "div", [](Variables in) { return div(in[0], in[1]); }, 0.5);
}

#include "autograd/ops/log_softmax.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("log softmax gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix",
       .inputs = {{3, 5}},
       .make = [](Variables in) { return log_softmax(in[0]); }},
      {.name = "one class",
       .inputs = {{4, 1}},
       .make = [](Variables in) { return log_softmax(in[0]); }},
      {.name = "attention scores",
       .inputs = {{2, 2, 3, 4}},
       .make = [](Variables in) { return log_softmax(in[0]); }},
      {.name = "vector", .inputs = {{6}}, .make = [](Variables in) { return log_softmax(in[0]); }},
  };
  support::check_ops(table);
}

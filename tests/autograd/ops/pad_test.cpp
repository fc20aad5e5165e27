#include "autograd/ops/pad.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("pad gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"channels", {{2, 3, 2, 4}}, [](Variables in) { return pad(in[0], -1, 2, 1); }},
      {"first axis", {{3, 5}}, [](Variables in) { return pad(in[0], 0, 0, 2); }},
      {"size-1 axis", {{2, 1}}, [](Variables in) { return pad(in[0], 1, 1, 0); }},
  };
  support::check_ops(table);
}

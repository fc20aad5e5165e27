#include "autograd/ops/scale_shift.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("scale shift gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"image",
       {{2, 3, 2, 5}, {5}, {5}},
       [](Variables in) { return scale_shift(in[0], in[1], in[2]); }},
      {"rows", {{6, 3}, {3}, {3}}, [](Variables in) { return scale_shift(in[0], in[1], in[2]); }},
      {"one channel",
       {{4, 1}, {1}, {1}},
       [](Variables in) { return scale_shift(in[0], in[1], in[2]); }},
  };
  support::check_ops(table);
}

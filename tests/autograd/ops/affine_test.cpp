#include "autograd/ops/affine.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("affine gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"matrix", {{3, 5}}, [](Variables in) { return affine(in[0], -1.5, 0.25); }},
      {"scalar", {{}}, [](Variables in) { return affine(in[0], 2.0, 1.0); }},
      {"size-1 axis", {{4, 1, 3}}, [](Variables in) { return affine(in[0], 0.0, 1.0); }},
  };
  support::check_ops(table);
}

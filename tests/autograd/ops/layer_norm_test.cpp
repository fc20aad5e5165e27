#include "autograd/ops/layer_norm.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("layer norm gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"tokens",
       {{2, 3, 5}, {5}, {5}},
       [](Variables in) { return layer_norm(in[0], in[1], in[2], 1e-6); }},
      {"rows",
       {{6, 3}, {3}, {3}},
       [](Variables in) { return layer_norm(in[0], in[1], in[2], 1e-6); }},
      {"one row",
       {{1, 7}, {7}, {7}},
       [](Variables in) { return layer_norm(in[0], in[1], in[2], 1e-6); }},
  };
  support::check_ops(table);
}

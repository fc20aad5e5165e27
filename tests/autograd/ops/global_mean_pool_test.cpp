#include "autograd/ops/global_mean_pool.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("global mean pool gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"not square", {{2, 3, 4, 5}}, [](Variables in) { return global_mean_pool(in[0]); }},
      {"one pixel", {{2, 1, 1, 3}}, [](Variables in) { return global_mean_pool(in[0]); }},
      {"one channel", {{1, 2, 5, 1}}, [](Variables in) { return global_mean_pool(in[0]); }},
  };
  support::check_ops(table);
}

#include "autograd/ops/mix.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("mix gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"matrix",
       {{6, 5}, {6, 5}},
       [](Variables in) { return mix(in[0], in[1], 0.4, core::Rng(3)); }},
      {"size-1 axis",
       {{1, 20}, {1, 20}},
       [](Variables in) { return mix(in[0], in[1], 0.9, core::Rng(4)); }},
      {"all of the first",
       {{2, 3}, {2, 3}},
       [](Variables in) { return mix(in[0], in[1], 1, core::Rng(4)); }},
  };
  support::check_ops(table);
}

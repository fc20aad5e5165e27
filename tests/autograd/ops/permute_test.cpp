#include "autograd/ops/permute.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("permute gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"transpose",
       {{3, 5}},
       [](Variables in) {
         return permute(in[0], {1, 0});
       }},
      {"heads",
       {{2, 3, 4, 5}},
       [](Variables in) {
         return permute(in[0], {0, 2, 1, 3});
       }},
      {"cycle, size-1 axis",
       {{2, 1, 4}},
       [](Variables in) {
         return permute(in[0], {2, 0, -2});
       }},
  };
  support::check_ops(table);
}

TEST_CASE("permute refuses an order that is no permutation") {
  const Variable x(core::Tensor::zeros({2, 3}));
  CHECK_THROWS_AS(permute(x, {0, 0}), core::ShapeError);
  CHECK_THROWS_AS(permute(x, {0}), core::ShapeError);
}

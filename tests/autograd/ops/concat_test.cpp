#include "autograd/ops/concat.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("concat gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"first axis",
       {{2, 3}, {1, 3}},
       [](Variables in) {
         return concat({in[0], in[1]}, 0);
       }},
      {"tokens",
       {{2, 1, 4}, {2, 3, 4}},
       [](Variables in) {
         return concat({in[0], in[1]}, 1);
       }},
      {"last axis, three parts",
       {{2, 3}, {2, 1}, {2, 2}},
       [](Variables in) {
         return concat({in[0], in[1], in[2]}, -1);
       }},
      {"the same twice",
       {{2, 3}},
       [](Variables in) {
         return concat({in[0], in[0]}, 1);
       }},
  };
  support::check_ops(table);
}

TEST_CASE("concat refuses nothing and parts that do not fit") {
  CHECK_THROWS_AS(concat({}, 0), core::ShapeError);
  const Variable a(core::Tensor::zeros({2, 3})), b(core::Tensor::zeros({3, 3}));
  CHECK_THROWS_AS(concat({a, b}, 1), core::ShapeError);
}

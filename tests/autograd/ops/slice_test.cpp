#include "autograd/ops/slice.h"

#include "autograd/ops/add.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("slice gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"rows", {{5, 3}}, [](Variables in) { return slice(in[0], 0, 1, 3); }},
      {"rows that overlap, and rows of rows",
       {{5, 3}},
       [](Variables in) {
         return add(slice(in[0], 0, 1, 3), slice(slice(in[0], 0, 1, 4), 0, 1, 3));
       }},
      {"every second column", {{3, 5}}, [](Variables in) { return slice(in[0], -1, 0, 3, 2); }},
      {"one token", {{2, 4, 3}}, [](Variables in) { return slice(in[0], 1, 0, 1); }},
      {"every second pixel",
       {{2, 4, 5, 3}},
       [](Variables in) { return slice(slice(in[0], 1, 0, 2, 2), 2, 0, 3, 2); }},
  };
  support::check_ops(table);
}

TEST_CASE("slice refuses to leave the axis") {
  const Variable x(core::Tensor::zeros({4, 3}));
  CHECK_THROWS_AS(slice(x, 0, 2, 3), core::ShapeError);
  CHECK_THROWS_AS(slice(x, 0, 0, 3, 2), core::ShapeError);
}

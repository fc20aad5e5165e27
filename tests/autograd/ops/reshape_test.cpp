#include "autograd/ops/reshape.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("reshape gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"flatten",
       {{2, 3, 4}},
       [](Variables in) {
         return reshape(in[0], {2, 12});
       }},
      {"size-1 axis",
       {{6}},
       [](Variables in) {
         return reshape(in[0], {3, 1, 2});
       }},
  };
  support::check_ops(table);
}

TEST_CASE("reshape keeps the storage") {
  const Variable x(core::Tensor::zeros({2, 3}));
  CHECK(reshape(x, {3, 2}).value().raw() == x.value().raw());
  CHECK_THROWS_AS(reshape(x, {4, 2}), core::ShapeError);
}

#include "autograd/ops/reduce.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("reduce gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"sum over the last axis", {{3, 5}}, [](Variables in) { return sum(in[0], {-1}); }},
      {"sum over two axes, kept",
       {{2, 3, 4}},
       [](Variables in) {
         return sum(in[0], {0, 2}, true);
       }},
      {"sum over the middle", {{2, 3, 4}}, [](Variables in) { return sum(in[0], {1}); }},
      {"sum over no axis", {{2, 3}}, [](Variables in) { return sum(in[0], {}); }},
      {"mean over the first axis", {{3, 5}}, [](Variables in) { return mean(in[0], {0}); }},
      {"mean over two axes, kept",
       {{2, 3, 1, 4}},
       [](Variables in) {
         return mean(in[0], {1, -1}, true);
       }},
      {"sum of all", {{2, 3, 4}}, [](Variables in) { return sum_all(in[0]); }},
      {"mean of all", {{2, 1, 4}}, [](Variables in) { return mean_all(in[0]); }},
      {"sum of a scalar", {{}}, [](Variables in) { return sum_all(in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("reductions refuse a bad axis and the mean of nothing") {
  const Variable x(core::Tensor::zeros({2, 3}));
  CHECK_THROWS_AS(sum(x, {2}), core::ShapeError);
  CHECK_THROWS_AS(mean(x, {1, -1}), core::ShapeError);
  CHECK_THROWS_AS(mean_all(Variable(core::Tensor::zeros({0, 3}))), core::ShapeError);
}

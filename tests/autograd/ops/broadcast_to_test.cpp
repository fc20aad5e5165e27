#include "autograd/ops/broadcast_to.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("broadcast to gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"row",
       {{1, 5}},
       [](Variables in) {
         return broadcast_to(in[0], {3, 5});
       }},
      {"class token",
       {{1, 1, 4}},
       [](Variables in) {
         return broadcast_to(in[0], {3, 1, 4});
       }},
      {"scalar",
       {{}},
       [](Variables in) {
         return broadcast_to(in[0], {2, 3});
       }},
      {"itself",
       {{2, 3}},
       [](Variables in) {
         return broadcast_to(in[0], {2, 3});
       }},
  };
  support::check_ops(table);
}

TEST_CASE("broadcast_to refuses to shrink") {
  CHECK_THROWS_AS(broadcast_to(Variable(core::Tensor::zeros({2, 3})), {1, 3}), core::ShapeError);
}

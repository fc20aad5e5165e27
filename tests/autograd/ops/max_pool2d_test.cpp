#include "autograd/ops/max_pool2d.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("max pool2d gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"2x2", {{2, 4, 6, 3}}, [](Variables in) { return max_pool2d(in[0], {}); }},
      {"3x3 stride 2 padded",
       {{2, 5, 7, 2}},
       [](Variables in) {
         return max_pool2d(in[0], {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}});
       }},
      {"overlapping, uneven",
       {{1, 4, 5, 1}},
       [](Variables in) {
         return max_pool2d(in[0], {.kernel = {2, 3}, .stride = {1, 1}});
       }},
  };
  support::check_ops(table);
}

TEST_CASE("max pooling sends the gradient of a tie to the first position") {
  const Variable x(core::Tensor::full({1, 2, 2, 1}, 3.0), true);
  const std::vector<Variable> wrt{x};
  CHECK(gradients(max_pool2d(x, {}), wrt)[0].values() == std::vector<double>{1, 0, 0, 0});
}

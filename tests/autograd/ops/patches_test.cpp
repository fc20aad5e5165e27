#include "autograd/ops/patches.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("patches gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"not square", {{2, 4, 6, 3}}, [](Variables in) { return patches(in[0], 2); }},
      {"one patch", {{1, 3, 3, 1}}, [](Variables in) { return patches(in[0], 3); }},
      {"patch of one pixel", {{1, 2, 3, 2}}, [](Variables in) { return patches(in[0], 1); }},
  };
  support::check_ops(table);
}

TEST_CASE("patches refuses an image that is no multiple of the patch") {
  CHECK_THROWS_AS(patches(Variable(core::Tensor::zeros({1, 5, 4, 3})), 2), core::ShapeError);
}

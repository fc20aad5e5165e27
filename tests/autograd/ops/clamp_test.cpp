#include "autograd/ops/clamp.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("clamp gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"matrix", {{3, 5}}, [](Variables in) { return clamp(in[0], -0.5, 1.0); }},
      {"size-1 axis", {{4, 1}}, [](Variables in) { return clamp(in[0], 0.0, 1.5); }},
  };
  support::check_ops(table);
}

TEST_CASE("clamp passes the gradient at both ends") {
  const Variable x(core::Tensor::of<float>({5}, {-0.1f, 0, 0.5f, 1, 1.1f}), true);
  const core::Tensor one = core::Tensor::full({5}, 1);
  const std::vector<Variable> wrt{x};
  CHECK(gradients(clamp(x, 0, 1), wrt, &one)[0].values() == std::vector<double>{0, 1, 1, 1, 0});
  CHECK_THROWS_AS(clamp(x, 1, 0), core::ShapeError);
}

#include "autograd/ops/add_relu.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("add relu gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"matrix", {{3, 5}, {3, 5}}, [](Variables in) { return add_relu(in[0], in[1]); }},
      {"size-1 axis",
       {{2, 1, 3, 4}, {2, 1, 3, 4}},
       [](Variables in) { return add_relu(in[0], in[1]); }},
      {"both operands the same", {{3, 2}}, [](Variables in) { return add_relu(in[0], in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("add_relu has gradient 0 at the kink and refuses to broadcast") {
  const Variable a(core::Tensor::of<double>({3}, {1, -1, 2}), true),
      b(core::Tensor::of<double>({3}, {-1, 0, 1}));
  const core::Tensor one = core::Tensor::full({3}, 1, core::DType::f64);
  const std::vector<Variable> wrt{a};
  CHECK(gradients(add_relu(a, b), wrt, &one)[0].values() == std::vector<double>{0, 0, 1});
  CHECK_THROWS_AS(add_relu(a, Variable(core::Tensor::zeros({1}, core::DType::f64))),
                  core::ShapeError);
}

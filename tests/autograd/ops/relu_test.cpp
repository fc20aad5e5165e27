#include "autograd/ops/relu.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("relu gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix", .inputs = {{3, 5}}, .make = [](Variables in) { return relu(in[0]); }},
      {.name = "size-1 axis",
       .inputs = {{2, 1, 7}},
       .make = [](Variables in) { return relu(in[0]); }},
      {.name = "scalar", .inputs = {{}}, .make = [](Variables in) { return relu(in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("relu has gradient 0 at 0 and passes NaN on") {
  const Variable x(core::Tensor::of<float>({4}, {-1, 0, 2, NAN}), true);
  const core::Tensor one = core::Tensor::full({4}, 1);
  const Variable y = relu(x);
  const std::vector<Variable> wrt{x};
  CHECK(gradients(y, wrt, &one)[0].values() == std::vector<double>{0, 0, 1, 0});
  CHECK(std::isnan(y.value().at(3)));
}

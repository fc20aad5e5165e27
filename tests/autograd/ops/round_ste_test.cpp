#include "autograd/ops/round_ste.h"

#include "autograd/ops/affine.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("round ste gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix",
       .inputs = {{3, 5}},
       .make = [](Variables in) { return round_ste(in[0]); },
       .straight_through = true},
      {.name = "size-1 axis",
       .inputs = {{4, 1}},
       .make = [](Variables in) { return round_ste(affine(in[0], 3.0, 0.0)); },
       .straight_through = true},
  };
  support::check_ops(table);
}

TEST_CASE("round_ste rounds half to even and passes the gradient unchanged") {
  const Variable x(core::Tensor::of<double>({5}, {-1.5, -0.4, 0.5, 1.5, 2.6}), true);
  const core::Tensor dy = core::Tensor::of<double>({5}, {1, -2, 3, 0.5, 7});
  const Variable y = round_ste(x);
  const std::vector<Variable> wrt{x};
  CHECK(y.value().values() == std::vector<double>{-2, 0, 0, 2, 3});
  CHECK(gradients(y, wrt, &dy)[0].values() == dy.values());
}

#include "autograd/ops/round_penalty.h"

#include "autograd/ops/rect_sigmoid.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("round penalty gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "beta 2",
       .inputs = {{3, 5}},
       .make = [](Variables in) { return round_penalty(in[0], 2.0); },
       .low = 0,
       .high = 1},
      {.name = "beta 20, size-1 axis",
       .inputs = {{7, 1}},
       .make = [](Variables in) { return round_penalty(in[0], 20.0); },
       .low = 0,
       .high = 1},
      {.name = "beta 3.7",
       .inputs = {{2, 3, 2, 2}},
       .make = [](Variables in) { return round_penalty(in[0], 3.7); },
       .low = 0,
       .high = 1},
      {.name = "through the rectified sigmoid",
       .inputs = {{4, 4}},
       .make = [](Variables in) { return round_penalty(rect_sigmoid(in[0]), 8.0); }},
  };
  support::check_ops(table);
}

TEST_CASE("the rounding penalty is zero at decided weights and counts the undecided ones") {
  CHECK(round_penalty(Variable(core::Tensor::of<float>({4}, {0, 1, 1, 0})), 5.0).value().item() ==
        0);
  CHECK(round_penalty(Variable(core::Tensor::full({3}, 0.5)), 5.0).value().item() == 3);
  const Variable h(core::Tensor::full({2}, 0.5), true);
  const std::vector<Variable> wrt{h};
  CHECK(gradients(round_penalty(h, 2.0), wrt)[0].values() == std::vector<double>{0, 0});
  CHECK_THROWS_AS(round_penalty(h, 0.5), core::ShapeError);
}

TEST_CASE("the penalty reaches V as the closed form says: strongly at beta 2, hardly at beta 20") {
  // -beta |2h-1|^(beta-1) sgn(2h-1) 2 (zeta-gamma) sigma (1-sigma) at V = 0.7: 0.43 and 3.5e-7
  const auto slope = [](double beta) {
    const Variable v(core::Tensor::of<double>({1}, {0.7}), true);
    const std::vector<Variable> wrt{v};
    return gradients(round_penalty(rect_sigmoid(v), beta), wrt)[0].item();
  };
  CHECK(slope(2) == doctest::Approx(-0.43).epsilon(0.01));
  CHECK(slope(20) == doctest::Approx(-3.5e-7).epsilon(0.02));
}

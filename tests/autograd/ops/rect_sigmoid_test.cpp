#include "autograd/ops/rect_sigmoid.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("rect sigmoid gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"matrix", {{3, 5}}, [](Variables in) { return rect_sigmoid(in[0]); }},
      {.name = "saturated ends, size-1 axis",
       .inputs = {{1, 9}},
       .make = [](Variables in) { return rect_sigmoid(in[0]); },
       .low = -6,
       .high = 6},
      {"other stretch",
       {{2, 3}},
       [](Variables in) { return rect_sigmoid(in[0], {.gamma = -0.2, .zeta = 1.3}); }},
  };
  support::check_ops(table);
}

TEST_CASE("the start of the rectified sigmoid reproduces the fraction") {
  // Recomputed from V = -ln(1.2 / (r + 0.1) - 1).
  const core::Tensor r = core::Tensor::of<double>({6}, {0.25, 0.5, 0.75, 0.999, 0, 1});
  const core::Tensor v = rect_sigmoid_inverse(r);
  CHECK(v.at(0) == doctest::Approx(-0.887303).epsilon(1e-6));
  CHECK(std::abs(v.at(1)) < 1e-12);
  CHECK(v.at(2) == doctest::Approx(0.887303).epsilon(1e-6));
  CHECK(v.at(3) == doctest::Approx(2.387035).epsilon(1e-6));
  CHECK(v.at(4) == doctest::Approx(-std::log(11.0)).epsilon(1e-12));
  CHECK(v.at(5) == doctest::Approx(std::log(11.0)).epsilon(1e-12));
  const core::Tensor h = rect_sigmoid(Variable(v)).value();
  for (std::int64_t i = 0; i < 6; ++i) CHECK(std::abs(h.at(i) - r.at(i)) < 1e-14);
  CHECK_THROWS_AS(rect_sigmoid_inverse(core::Tensor::full({1}, 1.5)), core::ShapeError);
}

TEST_CASE("a weight that starts on the boundary can move, a saturated one cannot") {
  for (const core::DType type : {core::DType::f32, core::DType::f64}) {
    const core::Tensor r = core::Tensor::of<double>({2}, {0, 1}).to(type);
    const Variable v(rect_sigmoid_inverse(r), true),
        far(core::Tensor::of<double>({2}, {-2.5, 2.5}).to(type), true);
    const core::Tensor one = core::Tensor::full({2}, 1, type);
    const std::vector<Variable> at{v}, beyond{far};
    for (const double g : gradients(rect_sigmoid(v), at, &one)[0].values()) {
      CHECK(g == doctest::Approx(1.2 * (1.0 / 12) * (11.0 / 12)).epsilon(1e-5));
    }
    CHECK(gradients(rect_sigmoid(far), beyond, &one)[0].values() == std::vector<double>{0, 0});
    CHECK(rect_sigmoid(far).value().values() == std::vector<double>{0, 1});
  }
}

#include "autograd/ops/l2_normalize.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("l2 normalize gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix",
       .inputs = {{3, 5}},
       .make = [](Variables in) { return l2_normalize(in[0]); }},
      {.name = "image",
       .inputs = {{2, 3, 2, 19}},
       .make = [](Variables in) { return l2_normalize(in[0]); }},
      {.name = "vector", .inputs = {{6}}, .make = [](Variables in) { return l2_normalize(in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("normalised rows have length one, whatever their size") {
  const Variable y = l2_normalize(
      Variable(core::Tensor::of<float>({3, 2}, {3, 4, 3e-30f, -4e-30f, -3e30f, 4e30f})));
  const std::vector<double> expected{0.6, 0.8, 0.6, -0.8, -0.6, 0.8};
  for (int i = 0; i < 6; ++i)
    CHECK(y.value().at(i) == doctest::Approx(expected[static_cast<std::size_t>(i)]));
}

TEST_CASE("a row of zeros stays zero with gradient zero, and NaN stays in its row") {
  const Variable x(core::Tensor::of<double>({3, 2}, {0, 0, NAN, 1, 3, 4}), true);
  const Variable y = l2_normalize(x);
  const core::Tensor dy = core::Tensor::full({3, 2}, 1.5, core::DType::f64);
  const core::Tensor dx = gradients(y, std::span(&x, 1), &dy)[0];
  for (int i = 0; i < 2; ++i) {
    CHECK(y.value().at(i) == 0.0);
    CHECK(dx.at(i) == 0.0);
    CHECK(std::isnan(y.value().at(2 + i)));
    CHECK(std::isfinite(dx.at(4 + i)));
  }
}

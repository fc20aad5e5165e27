#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("logcosh on a 2x3 example by hand") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  const double expected = (std::log(std::cosh(1.0)) + 2 * std::log(std::cosh(2.0))) / 2;
  CHECK(value(*make("logcosh"), prediction, target) == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("logcosh passes gradcheck and is zero at the target") {
  check_loss(*make("logcosh"));
  check_zero_at_target(*make("logcosh"));
}

TEST_CASE("logcosh keeps its digits from tiny errors to huge ones, in both types") {
  const auto loss = make("logcosh");
  for (const DType dtype : {DType::f64, DType::f32}) {
    const double tolerance = dtype == DType::f64 ? 1e-11 : 5e-6;
    for (const double d : {1e-12, 1e-5, 1e-3, 0.0199, 0.0201, 0.2499, 0.2501, 1.0, 20.0, 1e4}) {
      CAPTURE(d);
      const long double e = static_cast<float>(d);
      // ln cosh e = log1p(2 sinh^2(e / 2)); far out it is e - ln 2
      const double exact = static_cast<double>(
          e > 20 ? e - std::log(2.0L) : std::log1p(2 * std::sinh(e / 2) * std::sinh(e / 2)));
      const Variable x(Tensor::full({1}, static_cast<float>(-d), dtype), true);
      const Variable y = (*loss)({x, Tensor::zeros({1}, dtype)});
      CHECK(y.value().item() == doctest::Approx(exact).epsilon(tolerance).scale(0));
      CHECK(autograd::gradients(y, std::span(&x, 1))[0].item() ==
            doctest::Approx(static_cast<double>(-std::tanh(e))).epsilon(tolerance).scale(0));
    }
  }
}
